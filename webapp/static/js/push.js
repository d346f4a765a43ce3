// <div data-push="public key">: switches pushes on in this browser. It holds a hidden form [data-push-form] with the
// fields endpoint, p256dh and auth, a [data-push-says], and a [data-push-browser="digest"] for each browser that is known.
import { workerAddress } from "./html.js";

const DENIED = "This browser was told to show no notifications from here. Allow them in its settings, then load this page again.";
const UNABLE = "This browser cannot show pushes. On an iPhone or iPad, add this site to the Home Screen first and open it there.";
const UNREACHED = "The push service of this browser did not answer. Please try again later.";

for (const place of document.querySelectorAll("[data-push]")) {
  const form = place.querySelector("[data-push-form]");
  const say = (words) => (place.querySelector("[data-push-says]").textContent = words);
  if (!isAble()) {
    say(UNABLE);
    continue;
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say("");
    switchOn(place.dataset.push, form, say).catch(() => say(UNREACHED));
  });
  mark(place).then((isOn) => {
    form.hidden = isOn || Notification.permission === "denied";
    say(isOn ? "" : Notification.permission === "denied" ? DENIED : "Your browser will ask you whether it may show them.");
  });
}

function isAble() {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

/** Say which of the known browsers this one is; true if it is one of them. */
async function mark(place) {
  const registration = await navigator.serviceWorker.getRegistration("/");
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) return false;
  const digest = await digestOf(subscription.endpoint);
  const known = place.querySelector(`[data-push-browser="${digest}"] [data-push-mine]`);
  if (known) known.hidden = false;
  return Boolean(known) && hasKey(subscription, place.dataset.push);
}

async function switchOn(key, form, say) {
  if ((await Notification.requestPermission()) !== "granted") return say(DENIED);
  await navigator.serviceWorker.register(workerAddress);
  const { pushManager } = await navigator.serviceWorker.ready;
  let subscription = await pushManager.getSubscription();
  if (subscription && !hasKey(subscription, key)) {
    await subscription.unsubscribe();
    subscription = null;
  }
  subscription ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = subscription.toJSON();
  const values = { endpoint, ...keys };
  for (const name of ["endpoint", "p256dh", "auth"]) form.elements[name].value = values[name];
  form.submit();
}

function hasKey(subscription, key) {
  const bytes = new Uint8Array(subscription.options.applicationServerKey ?? []);
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "") === key;
}

async function digestOf(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
