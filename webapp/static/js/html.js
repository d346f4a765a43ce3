const WORKER = "/service-worker.js";
// The only door through which text from our own server becomes elements. The policy's name stands in the
// Content-Security-Policy ("trusted-types chasepack"); a browser without Trusted Types takes the text as it is.
const policy = window.trustedTypes?.createPolicy("chasepack", {
  createHTML: (text) => text,
  createScriptURL: () => WORKER,
});

/** The address of the only worker that a page may start. */
export const workerAddress = policy ? policy.createScriptURL(WORKER) : WORKER;

/** Parse a server-rendered part into a fragment. Parsed apart from the page: scripts in it never run. */
export function fragmentOf(text) {
  const parsed = new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "text/html");
  parsed.querySelectorAll("script").forEach((script) => script.remove());
  const fragment = document.createDocumentFragment();
  fragment.append(...document.adoptNode(parsed.body).childNodes);
  return fragment;
}
