// The slider of a chase: <form data-whatif> with a range, a place [data-whatif-says] and a list of [data-step]. It moves
// between steps that the server computed; the form works without it. A live refresh may replace all of it.
document.addEventListener("input", (event) => {
  const range = event.target;
  const form = range.closest?.("[data-whatif]");
  const step = form?.querySelector(`[data-step="${CSS.escape(range.value)}"]`);
  if (!step) return;
  form.querySelector("[data-whatif-says]").replaceChildren(...step.cloneNode(true).childNodes);
  range.setAttribute("aria-valuetext", step.textContent.replace(/\s+/g, " ").trim());
});
