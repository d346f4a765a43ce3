// Shows the pushes that we send, and opens their page. It keeps nothing, and no request of a page passes through it.
addEventListener("install", () => self.skipWaiting());

addEventListener("push", (event) => {
  event.waitUntil(show(readOut(event.data)));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(addressOf(event.notification.data?.link)));
});

/** A push without words of ours has to be shown all the same. */
function readOut(data) {
  try {
    return data.json();
  } catch {
    return {};
  }
}

function show({ title, body, link, tag }) {
  const icon = "/static/img/touch-icon.png";
  return self.registration.showNotification(title || "Chasepack", {
    body: body || "There is something new.", tag, icon, data: { link: addressOf(link) },
  });
}

/** The address of a page of ours; the inbox for any other. */
function addressOf(link) {
  const inbox = new URL("/notifications", self.location.origin).href;
  try {
    const url = new URL(link ?? inbox, self.location.origin);
    return url.origin === self.location.origin ? url.href : inbox;
  } catch {
    return inbox;
  }
}

async function open(address) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => one.url === address);
  return page ? page.focus() : self.clients.openWindow(address);
}
