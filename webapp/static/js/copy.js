// <div data-copy> with a field, a hidden [data-copy-button] and a [data-copy-said]: the button shows where copying works.
for (const place of document.querySelectorAll("[data-copy]")) {
  const field = place.querySelector("input");
  const button = place.querySelector("[data-copy-button]");
  const said = place.querySelector("[data-copy-said]");
  field.addEventListener("focus", () => field.select());
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Copied. Paste it where your runners are.";
    } catch {
      field.focus();
      said.textContent = "Marked. Copy it with your keyboard or a long press.";
    }
  });
}
