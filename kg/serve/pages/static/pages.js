// Pages work without this; with it the search box suggests, switches act at once, words and their meaning light up
// together, and the editor completes words. Text from the server is put in as text, never as markup.
"use strict";

// -- suggestions: a combobox with a listbox (ARIA Authoring Practices, "Combobox with list autocomplete")
for (const form of document.querySelectorAll("form[data-suggest]")) {
  const input = form.querySelector("input[type=search]");
  const list = document.createElement("ul");
  list.id = `${input.id}-options`;
  list.className = "options";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  const said = document.createElement("p");
  said.className = "hidden";
  said.setAttribute("role", "status");
  input.parentElement.append(list);
  form.append(said);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  let at = -1, timer = 0, asked = "";

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const point = (n) => {
    const options = list.children;
    if (at >= 0 && options[at]) options[at].setAttribute("aria-selected", "false");
    at = n < 0 ? options.length - 1 : n >= options.length ? 0 : n;
    options[at].setAttribute("aria-selected", "true");
    options[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[at].id);
  };
  const show = (found) => {
    list.replaceChildren(...found.map((each, n) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${n}`;
      option.dataset.href = each.href;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      for (const [name, text] of [["code", each.id], ["", each.title], ["also", each.also && `also ${each.also}`], ["what", each.system]]) {
        const part = document.createElement("span");
        part.className = name;
        part.textContent = text;
        option.append(part, " ");
      }
      return option;
    }));
    at = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    said.textContent = found.length ? `${found.length} suggestions, arrow down to choose` : "no suggestion";
  };
  const ask = async () => {
    const words = input.value.trim();
    if (words.length < 2) { close(); return; }
    asked = words;
    try {
      const answer = await fetch(`${form.dataset.suggest}?${new URLSearchParams({ q: words, suggest: "1" })}`);
      if (answer.ok && asked === words && document.activeElement === input) show(await answer.json());
    } catch { close(); }
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) ask(); else point(event.key === "ArrowDown" ? at + 1 : at < 0 ? -1 : at - 1);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      location.assign(list.children[at].dataset.href);
    }
  });
  input.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) { event.preventDefault(); location.assign(option.dataset.href); }
  });
}

// -- a node of an expression and its words in the document
const lights = document.querySelector(".beside");
if (lights) {
  const light = (event) => {
    for (const lit of lights.querySelectorAll(".lit")) lit.classList.remove("lit");
    if (event.type === "pointerout" || event.type === "focusout") return;
    const node = event.target.closest("[data-key]");
    const words = event.target.closest("a[data-keys]");
    const key = node ? node.dataset.key : words ? words.getAttribute("href").slice(1) : "";
    if (!key) return;
    document.getElementById(key)?.classList.add("lit");
    for (const segment of lights.querySelectorAll("[data-keys]")) {
      if (segment.dataset.keys.split(" ").includes(key)) segment.classList.add("lit");
    }
  };
  for (const kind of ["pointerover", "pointerout", "focusin", "focusout"]) lights.addEventListener(kind, light);
}

// -- switches act at once: the form is asked, and the part of the page that it decides about is replaced
for (const form of document.querySelectorAll("form[data-live]")) {
  form.querySelector("button[type=submit]").hidden = true;
  form.addEventListener("change", async () => {
    const values = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    const address = `${location.pathname}${values.size ? `?${values}` : ""}`;
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      const made = new DOMParser().parseFromString(await answer.text(), "text/html");
      const part = made.getElementById(form.dataset.live);
      if (!part) throw new Error("no such part");
      document.getElementById(form.dataset.live).replaceChildren(...part.childNodes);
      history.replaceState(null, "", address);
    } catch { form.requestSubmit(); }
  });
}

// -- the editor completes prefixes, keywords and terms (Ctrl+Space or while typing; Enter or Tab takes one)
for (const form of document.querySelectorAll("form[data-editor]")) {
  const area = form.querySelector("textarea");
  const list = document.createElement("ul");
  list.id = "completions";
  list.className = "options";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Completions");
  list.hidden = true;
  area.parentElement.append(list);
  const said = document.createElement("p");
  said.className = "hidden";
  said.setAttribute("role", "status");
  form.append(said);
  let known = null, at = 0, word = "";

  const close = () => { list.hidden = true; area.removeAttribute("aria-activedescendant"); area.removeAttribute("aria-controls"); };
  const point = (n) => {
    const options = [...list.children];
    at = (n + options.length) % options.length;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    options[at].scrollIntoView({ block: "nearest" });
    area.setAttribute("aria-activedescendant", options[at].id);
  };
  const take = () => {
    const text = list.children[at].dataset.word;
    area.setRangeText(text, area.selectionStart - word.length, area.selectionStart, "end");
    close();
  };
  const complete = async (always) => {
    known ??= fetch(form.dataset.editor).then((answer) => (answer.ok ? answer.json() : []), () => []);
    const terms = await known;
    word = area.value.slice(0, area.selectionStart).match(/[A-Za-z_][\w:-]*$/)?.[0] ?? "";
    if (!always && word.length < 2) { close(); return; }
    const low = word.toLowerCase();
    const found = terms.filter((each) => each.word.toLowerCase().startsWith(low) && each.word !== word).slice(0, 8);
    if (!found.length || (!word && !always)) { close(); return; }
    list.replaceChildren(...found.map((each, n) => {
      const option = document.createElement("li");
      option.id = `completion-${n}`;
      option.dataset.word = each.word;
      option.setAttribute("role", "option");
      for (const [name, text] of [["code", each.word], ["what", each.kind]]) {
        const part = document.createElement("span");
        part.className = name;
        part.textContent = text;
        option.append(part, " ");
      }
      return option;
    }));
    list.hidden = false;
    area.setAttribute("aria-controls", list.id);
    said.textContent = `${found.length} completions`;
    point(0);
  };
  area.addEventListener("input", () => complete(false));
  area.addEventListener("blur", () => setTimeout(close, 150));
  area.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === " ") { event.preventDefault(); complete(true); return; }
    if (event.ctrlKey && event.key === "Enter") { form.requestSubmit(); return; }
    if (list.hidden) return;
    if (event.key === "Escape") { event.preventDefault(); close(); }
    else if (event.key === "ArrowDown") { event.preventDefault(); point(at + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); point(at - 1); }
    else if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); take(); }
  });
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) { event.preventDefault(); at = [...list.children].indexOf(option); take(); }
  });
  // An address holds only so much.
  form.addEventListener("submit", () => { form.method = area.value.length > 6000 ? "post" : "get"; });
}
