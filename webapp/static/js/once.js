// A form that is on its way is not sent a second time by an impatient finger. It may be once the page is shown again
// (the back button keeps it as it was), or when no answer has come for a while.
const PATIENCE = 8000;
const sent = new Map();

addEventListener("submit", (event) => {
  const last = sent.get(event.target);
  if (event.target.method !== "post" || event.defaultPrevented) return;
  if (last && Date.now() - last < PATIENCE) event.preventDefault();
  else sent.set(event.target, Date.now());
});
addEventListener("pageshow", () => sent.clear());
