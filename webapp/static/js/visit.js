// <form data-visit method="post" action="/home/visit">: tells the server that its reader is here. It is sent when the
// page is open and in sight, and again when the reader comes back, so that "since you were last here" knows since when.
const AT_MOST_EVERY = 60_000;

for (const form of document.querySelectorAll("form[data-visit]")) {
  let sent = -AT_MOST_EVERY;
  const send = () => {
    if (document.hidden || performance.now() - sent < AT_MOST_EVERY) return;
    sent = performance.now();
    // The answer is not needed. If sending fails, the next page sends it again.
    fetch(form.action, {
      method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "error", keepalive: true,
    }).catch(() => {});
  };
  document.addEventListener("visibilitychange", send);
  send();
}
