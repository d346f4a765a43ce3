// <select data-zone> holds a time zone: say what time it is there. With data-own-zone, and while nothing is chosen, choose
// the time zone of this browser.
for (const select of document.querySelectorAll("select[data-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = [...select.options].some((option) => option.value === zone);
  if ("ownZone" in select.dataset && !select.value && known) select.value = zone;
  const said = document.createElement("p");
  said.className = "field__hint";
  said.setAttribute("role", "status");
  select.after(said);
  const say = () => {
    said.textContent = select.value ? `It is ${timeIn(select.value)} there now.` : "";
  };
  select.addEventListener("change", say);
  say();
}

function timeIn(timeZone) {
  return new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "long", hour: "2-digit", minute: "2-digit" }).format();
}
