// Gives back the pages that a person keeps on this device when there is no network. The store holds one person's pages:
// every page says in a header whose it is, and before another person's is shown the store is emptied.
const home = new URL("offline", registration.scope).href;
const OWNER = `${home}/owner`;
const WORDS = {}; // by language; written by lms/offline/views.py
let known; // whose pages may be shown; "" for nobody's; undefined until it is read

const owner = async () => {
  if (known === undefined) known = await (await (await caches.open("segin")).match(OWNER))?.text() ?? "";
  return known;
};
const belongTo = async (who) => {
  if (who === await owner()) return;
  known = who;
  await (await caches.open("segin")).put(OWNER, new Response(who));
  for (const name of who ? await caches.keys() : []) {
    if (name.startsWith("segin:") && name !== `segin:${who}`) await caches.delete(name);
  }
};
const forget = async () => {
  known = "";
  for (const name of await caches.keys()) await caches.delete(name);
};

// The page says by itself from when it is: lms/static/offline.js. Some servers write the date twice.
const dated = async (page, status = 200) => new Response(
  (await page.text()).replace("<html", `<html data-${status < 400 ? "kept" : "missing"}="${page.headers.get("date").slice(0, 29)}"`),
  { status, headers: page.headers },
);
// A kept topic stands for its parts.
const whole = (address) => address.replace(/\/new-messages|[?&]answering=\d+/g, "");
const find = async (address, options) => {
  const who = await owner();
  return who ? (await caches.open(`segin:${who}`)).match(whole(address), { ignoreVary: true, ...options }) : undefined;
};
const without = async (request, copy) => {
  if (request.method !== "GET") {
    // The page from which it was sent stays as it is, with everything typed in it.
    for (const page of await clients.matchAll({ type: "window" })) page.postMessage(request.url);
    return new Response(null, { status: 204 });
  }
  if (copy) return dated(copy);
  const shell = await find(home, { ignoreSearch: true });
  if (shell) return dated(shell, request.url === home ? 200 : 503);
  const [lang, dir, title, text, again] = WORDS[navigator.languages.map((one) => one.slice(0, 2)).find((one) => one in WORDS) || "en"];
  return new Response(
    `<!doctype html><html lang="${lang}" dir="${dir}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><body style="font:1.1em/1.5 sans-serif;margin:2em"><h1>${title}</h1><p>${text}</p><p><a href="">${again}</a></p>`,
    { status: 503, headers: { "Content-Type": "text/html" } },
  );
};

const PATIENCE = 15000; // on a line that only seems to be there, who kept the page need not wait for it
const open = async (event) => {
  const { request } = event;
  const copy = request.method === "GET" ? await find(request.url) : undefined;
  let answer;
  try {
    const coming = fetch(request);
    coming.catch(() => {});
    answer = await (copy ? Promise.race([coming, new Promise((_, late) => setTimeout(late, PATIENCE))]) : coming);
  } catch { return without(request, copy); }
  // The server has ended it, which it says by leading on; what it refused, or never heard of, takes nothing away here.
  if (answer.type === "opaqueredirect" && /\/(sign-out|sessions\/end)$/.test(request.url)) await forget();
  const who = answer.headers.get("X-Person") || "", isOurs = who && who === await owner();
  if (who || (answer.ok && answer.type === "basic")) await belongTo(who);
  if (copy && answer.ok && isOurs && !answer.redirected && whole(request.url) === request.url) {
    const again = answer.clone();
    event.waitUntil(caches.open(`segin:${who}`).then((store) => store.put(request.url, again)));
  }
  return answer;
};

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
// The very first page came without this worker, and says itself whose it is.
addEventListener("message", (event) => event.waitUntil(belongTo(event.data)));
addEventListener("fetch", (event) => {
  const { request } = event, address = new URL(request.url);
  if (address.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(open(event));
  else if (address.pathname.includes("/static/") && address.search) {
    event.respondWith(caches.match(request.url, { ignoreVary: true }).then((file) => file || fetch(request)));
  }
});
