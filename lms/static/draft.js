// Saves a text while it is typed, counts its words as the server does, and says truthfully where it is. What could not be
// sent stays on this device, under the ids of person and part, until it is sent or the person signs out.
for (const form of document.querySelectorAll("form[data-draft]")) {
  const area = form.elements.body, revision = form.elements.revision, file = form.elements.file;
  const say = form.querySelector("[data-status]"), count = form.querySelector("[data-count]");
  const d = form.dataset, key = d.draft, lang = document.documentElement.lang, person = key.split(":")[2];
  // On a page that shows two texts nothing is sent by itself: the person decides.
  let stopped = !!document.querySelector(".theirs"), sent = stopped ? null : area.defaultValue;
  const read = () => { try { return JSON.parse(localStorage.getItem(key)) || []; } catch { return []; } };
  // Until they have decided, their text is one begun before the other: whenever it comes back, they are asked again.
  const begun = stopped && (read()[0] || "0");
  let timer, running, leaving = false;
  // Texts that were sent and never answered: one that the server has after all is no other person's.
  let tried = [];

  const words = (text) =>
    (text.replace(/[\p{M}\p{Cf}]/gu, "").match(/[\p{L}\p{N}_]+(?:[’'\-‑][\p{L}\p{N}_]+)*/gu) || []).length;
  const unsent = () => area.value !== sent;
  const later = (seconds) => { clearTimeout(timer); timer = setTimeout(save, seconds * 1000); };
  const clock = () => new Date().toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: d.zone });
  const keep = () => {
    try {
      if (unsent()) localStorage.setItem(key, JSON.stringify([begun || revision.value, area.value, tried]));
      else localStorage.removeItem(key);
      return true;
    } catch { return false; }
  };
  // Where the text is now, and why it is not further.
  const tell = (reason) => { say.textContent = keep() ? `${d.kept.replace("{}", clock())} ${reason}` : `${d.lost} ${reason}`; };

  // After a new sign-in the old token is void: this page, fetched again, has the new one, if it is the same person's.
  async function renew() {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const fresh = page.querySelector("form[data-draft]");
    if (!fresh || fresh.dataset.draft.split(":")[2] !== person) return false;
    for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = fresh.elements.csrf_token.value;
    return true;
  }
  async function send(mayRenew = true) {
    const text = area.value, data = new FormData();
    for (const name of ["csrf_token", "revision"]) data.set(name, form.elements[name].value);
    data.set("body", text);
    say.textContent = d.saving;
    try {
      const response = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
      const answer = await response.json();
      if (response.status === 409 && mayRenew && tried.includes(answer.body)) {
        revision.value = answer.revision;
        return send(false);
      }
      if (response.ok) {
        sent = text;
        tried = [];
        revision.value = answer.revision;
        keep();
        say.textContent = answer.message;
        if (!unsent()) count.textContent = answer.words.toLocaleString(lang);
      } else if (response.status === 400 || response.status === 401) {
        if (mayRenew && await renew()) return send(false);
        tell(d.signin);
        later(30);
      } else {
        stopped = response.status < 500;
        tell(answer.error);
        if (!stopped) later(30);
      }
    } catch {
      tried = [...tried.slice(-4), text];
      tell(d.offline);
      later(15 * (self.patience || 1));
    }
  }
  async function save() {
    timer = 0;
    if (running || stopped || !unsent()) return;
    running = send();
    await running;
    running = null;
    if (unsent() && !stopped) timer || later(5); // after a failure the next time stands already
  }

  const [was, text, before = []] = read();
  if (text !== undefined && text !== sent && !stopped) {
    area.value = text;
    if (!before.includes(sent)) revision.value = was;
    tried = before;
    tell("");
    later(1);
  }
  const show = () => { count.textContent = words(area.value).toLocaleString(lang); };
  show();
  keep();
  if (unsent()) later(1); // typed before this script had come
  area.addEventListener("input", () => { show(); keep(); later(3); });
  addEventListener("online", save);
  // A co-author saved while nothing was typed here: go on from their text.
  form.addEventListener("newer", (event) => {
    if (running || stopped || unsent()) return;
    event.preventDefault();
    revision.value = event.detail.revision;
    area.value = sent = event.detail.body;
    show();
  });
  // Told before it is sent: a refusal after ten megabytes costs the person money.
  file?.addEventListener("change", ({ target }) => {
    target.setCustomValidity(target.files[0]?.size > target.dataset.limit ? target.dataset.tooLarge : "");
    target.reportValidity();
  });
  addEventListener("beforeunload", (event) => { if (unsent() && !leaving) event.preventDefault(); });

  // A document goes on its own way and, if it is large, in pieces: after a break the next one follows the last that arrived.
  const PIECE = 131072;
  const pieces = async (whole, place) => {
    let address = localStorage.getItem(place);
    const ask = async (method, more, body) => {
      const headers = { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value, ...more };
      const answer = await fetch(address, { method, headers, body });
      if (answer.status === 401) throw d.signin;
      return answer;
    };
    let at = address ? await ask("HEAD") : {};
    if (!at.ok) {
      address = d.uploads;
      const name = btoa(String.fromCharCode(...new TextEncoder().encode(whole.name)));
      at = await ask("POST", { "Upload-Length": whole.size, "Upload-Metadata": "filename " + name });
      localStorage.setItem(place, address = at.headers.get("Location"));
    }
    const come = () => Number(at.headers.get("Upload-Offset"));
    while (come() < whole.size) {
      say.textContent = d.uploading.replace("{}", Math.floor((100 * come()) / whole.size));
      at = await ask("PATCH", { "Upload-Offset": come(), "Content-Type": "application/offset+octet-stream" }, whole.slice(come(), come() + PIECE));
      if (!at.ok) throw d.failed;
    }
    return address.split("/").pop();
  };
  const upload = async (then) => {
    const data = new FormData(form), whole = file.files[0], place = `${key}|${whole.size}|${whole.lastModified}`;
    data.set("then", then);
    say.textContent = d.uploading.replace("{}", 0);
    try {
      if (whole.size > PIECE) {
        data.set("upload", await pieces(whole, place));
        data.delete("file");
      }
      const response = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
      const answer = await response.json();
      if (answer.revision) localStorage.removeItem(place); // taken, refused or kept: not before the server said so
      if (answer.next) {
        leaving = true;
        return location.assign(answer.next);
      }
      if (answer.upload) { // somebody saved in between: the page that shows both texts has it too
        Object.assign(form.elements.upload, { value: answer.upload, checked: stopped = true });
        file.value = "";
        return form.requestSubmit();
      }
      if (answer.revision) revision.value = answer.revision;
      say.textContent = response.status === 401 ? d.signin : answer.error || d.failed;
    } catch (reason) {
      say.textContent = typeof reason === "string" ? reason : d.failed;
      addEventListener("online", () => upload(then), { once: true });
    }
  };
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    const chosen = file?.files.length;
    if (!running && !chosen && (stopped || !unsent())) { // submitting again inside this event would be ignored, so it goes on
      leaving = true;
      return;
    }
    event.preventDefault();
    const { submitter } = event;
    await running;
    await save();
    if (unsent() && !stopped) return; // offline: the text stays here
    if (chosen) await upload(submitter?.value || "stay");
    else form.requestSubmit(submitter);
  });
}
