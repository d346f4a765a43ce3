// <select data-zone> holds a time zone: say what time it is there, and find a zone by part of its name. With
// data-own-zone, and while nothing is chosen, choose the time zone of this browser.
for (const select of document.querySelectorAll("select[data-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const all = [...select.children], options = [...select.options];
  if ("ownZone" in select.dataset && !select.value && options.some((option) => option.value === zone)) select.value = zone;
  const said = document.createElement("p");
  said.className = "field__hint";
  said.setAttribute("role", "status");
  select.after(said);
  const say = (found = true) => {
    const now = select.value ? `It is ${timeIn(select.value)} there now.` : "";
    said.textContent = found ? now : `No such town here. Try a large one nearby. ${now}`;
  };
  select.addEventListener("change", () => say());
  select.before(searchBox((words) => {
    const before = select.value;
    const found = options.filter((option) => option.value && plain(`${option.text} ${option.value}`).includes(words));
    const narrowed = words && found.length > 0;
    select.replaceChildren(...(narrowed ? found.map((option) => new Option(option.text, option.value)) : all));
    select.value = narrowed && !found.some((option) => option.value === before) ? found[0].value : before;
    say(!words || narrowed);
  }, () => select.focus()));
  say();
}

function searchBox(find, done) {
  const box = document.createElement("input");
  box.type = "search";
  box.className = "input field__find";
  box.placeholder = "Find a town";
  box.autocomplete = "off";
  box.setAttribute("aria-label", "Find a time zone by its town");
  box.addEventListener("input", () => find(plain(box.value)));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return; // which would send the form
    event.preventDefault();
    done();
  });
  return box;
}

function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("_", " ").toLowerCase().trim();
}

function timeIn(timeZone) {
  return new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "long", hour: "2-digit", minute: "2-digit" }).format();
}
