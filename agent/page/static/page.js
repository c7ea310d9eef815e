// Shows what the agent says, once a second, and sends what the worker does.
import { WORDS } from "/words.js";

const CALM_MS = 1000, GUIDE_MS = 250;
const kept = localStorage.getItem("lang");
let lang = kept ?? (navigator.language.startsWith("en") ? "en" : "ja");
let state = null, text = null, heardAt = 0, entered = true, sure = "", reading = false;

const W = () => WORDS[lang];
const locale = () => (lang === "ja" ? "ja-JP" : "en-GB");
const clock = (s) => new Date(s * 1000).toLocaleTimeString(locale(), { hour: "numeric", minute: "2-digit" });
const day = (s) => new Date(s * 1000).toLocaleString(locale(), { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "2-digit" });
const span = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
const minutes = (s) => (s >= 60 ? W().minutes(Math.floor(s / 60)) : "");
const bytes = (n) => (n >= 1e6 ? `${(n / 1e6).toFixed(1)} MB` : `${Math.round(n / 1e3)} kB`);
const percent = (share) => `${+(share * 100).toPrecision(2)} %`;

/** An element; what is in it is text, never markup. */
function h(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** The board's shapes: filled dot, open dot, hatch, bars, triangle. */
function glyph(kind, size = 12) {
  const drawn = {
    on: '<circle cx="6" cy="6" r="5" fill="currentColor"/>', present: '<circle cx="6" cy="6" r="5" fill="currentColor"/>',
    away: '<circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="2"/>', closed: '<circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="2"/>',
    paused: '<path d="M2 1h3v10H2zM7 1h3v10H7z" fill="currentColor"/>', unknown: '<path d="M2 1v10M5 1v10M8 1v10M11 1v10" stroke="currentColor" stroke-width="1.5"/>',
    fault: '<path d="M6 1 11.5 11H.5Z" fill="none" stroke="currentColor" stroke-width="1.5"/>', incident: '<path d="M6 1 11.5 11H.5Z" fill="currentColor"/>',
  }[kind];
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 12 12", width: size, height: size, "aria-hidden": "true" })) svg.setAttribute(name, value);
  svg.innerHTML = drawn;
  return svg;
}

async function send(path, body = {}) {
  sure = "";
  const answer = await fetch(`/api/${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (answer.ok && answer.status === 200) heard(await answer.json());
}
const button = (key, label, act, more = {}) => h("button", { type: "button", "data-k": key, onclick: act, ...more }, label);
/** A second click within the same place is asked for before something is lost. */
const twice = (key, label, really, act) => (sure === key ? button(key, really, act, { class: "small trouble" }) : button(key, label, () => { sure = key; draw(); }, { class: "small" }));

function asks(s) {
  const w = W();
  const row = (one, words, ...buttons) => h("div", { class: "ask", role: "alertdialog", "aria-label": words }, h("div", {}, h("b", {}, words), buttons.length > 1 && h("p", { class: "t1 sub" }, w.asksLeft(Math.ceil(one.left_s)))), h("span", { class: "grow" }), ...buttons);
  return h("div", { class: "asks", id: "asks", hidden: !(s.asks.length + s.watching.length) && !s.task },
    s.task && h("div", { class: "ask", role: "alert" }, h("b", {}, w.challenge[s.task])),
    s.asks.map((one) => row(one, w.asks(one.by, w.purpose[one.purpose] ?? one.purpose), button(`ok-${one.view}`, w.allow, () => send("view/accept", { name: one.view })), button(`no-${one.view}`, w.refuse, () => send("view/refuse", { name: one.view }), { class: "main" }))),
    s.watching.map((one) => row(one, w.watching(one.by, w.purpose[one.purpose] ?? one.purpose), button(`end-${one.view}`, w.end, () => send("view/end", { name: one.view }), { class: "main" }))));
}

const kindOf = (s) => (s.pause ? "paused" : s.camera);

function air(s) {
  const w = W(), kind = kindOf(s), on = kind === "on", level = s.policy.evidence ?? "incident_only";
  const image = level === "incident_only" || level === "periodic";
  const sentence = s.pause ? w.pausedShown : s.guide ? w.enrolling : s.camera === "on" ? (s.linked ? w.shown : w.unshown)(`${w[s.presence]} ${minutes(s.for_s)}`.trim()) : w.quiet[s.policy.quiet] ?? w.why[s.reason] ?? "";
  const next = s.next_capture_s !== null && on ? span(s.next_capture_s) : "–";
  return h("section", { class: "air", "data-s": kind, id: "air", "aria-label": w[kind] },
    h("div", { class: "what" },
      h("h1", {}, glyph(kind, 16), w[kind], on && h("span", { class: "tag" }, w.here), h("span", { class: "tag" }, image && on ? w.screen : w.screenOff)),
      h("p", { class: "sub" }, sentence), s.troubles.map((one) => h("p", { class: "trouble", role: "status" }, one[lang])),
      h("dl", { class: "facts" },
        fact(w.next, next, level === "periodic" ? w.every(span(s.policy.interval_s ?? 192)) : w.never),
        fact(w.sent, bytes(s.bytes_today), w.images(s.images_today)),
        fact(w.waiting, String(s.waiting), s.waiting ? w.waits : w.nothing),
        fact(w.level, w.levels[s.threshold.level], s.threshold.locked ? w.locked : w.own)),
      h("p", { class: "t1 sub" }, `${w.matches(s.threshold.accept.toFixed(2))} · ${w.rates((s.threshold.at_least ? "> " : "") + percent(s.threshold.strangers), percent(s.threshold.members))}`)),
    pausing(s),
    h("ol", { class: "ladder", "aria-label": w.ladderName }, Object.entries(w.ladder).map(([name, [title, what]]) => h("li", { "aria-current": name === level ? "true" : undefined }, h("b", {}, name === level ? `✓ ${title}(${w.current})` : title), what))));
}
const fact = (name, value, small) => h("div", {}, h("dt", {}, name), h("dd", {}, value), h("small", {}, small));

function pausing(s) {
  const w = W();
  if (s.pause) {
    const left = s.pause.until === null || s.pause.until === undefined ? null : Math.max(0, s.pause.until - Date.now() / 1000);
    return h("div", { class: "act" }, h("div", { class: "t1 sub" }, `${w.paused} · ${s.pause.reason}`), h("div", { class: "timer" }, left === null ? w.noLimit : `${span(left)} `, left !== null && h("small", { class: "sub" }, w.left)),
      button("resume", w.resume, () => send("resume"), { class: "main" }),
      left !== null && button("extend", w.extend, () => send("pause", { reason: s.pause.reason, seconds: left + 900 })));
  }
  const why = h("select", { id: "why", "data-k": "why" }, w.reasons.map((one) => h("option", {}, one)));
  const long = h("select", { id: "long", "data-k": "long" }, [5, 15, 30, 60].map((one) => h("option", { value: one * 60, selected: one === 15 }, w.minutes(one))), h("option", { value: "" }, w.open));
  return h("div", { class: "act" }, h("label", { class: "t1 sub", for: "why" }, w.pauseWhy), why, h("label", { class: "t1 sub", for: "long" }, w.pauseFor), long,
    button("pause", w.pause, () => { const [a, b] = [document.getElementById("why"), document.getElementById("long")]; send("pause", { reason: a.value, seconds: b.value ? Number(b.value) : null }); }, { class: "main" }));
}

/** What the organisation watches for: the charter in force, and the one that is to come. */
function charter(s) {
  const w = W();
  const shown = [[s.charter.current, w.charter], [s.charter.coming, w.charterComing]].filter(([one]) => one);
  if (!shown.length) return h("p", { class: "sub" }, s.linked ? w.noCharter : w.charterOff);
  return shown.map(([one, name]) => h("section", { class: "charter", "aria-label": name }, h("h2", {}, name), h("p", { class: "t1 sub" }, w.charterSince(one.version, day(one.effective_at))),
    one.hurry && h("p", { class: "t1 sub" }, w.charterHurry(one.hurry)),
    h("dl", {}, ["purpose", "responsible", "contact", "rules", "viewers"].map((field) => [h("dt", {}, w.charterFields[field]), h("dd", {}, one[field])]),
      h("dt", {}, w.charterFields.viewing), h("dd", {}, one.viewing_purposes.map((each) => w.purpose[each] ?? each).join(lang === "ja" ? "、" : ", ")), h("dt", {}, w.charterFields.audit), h("dd", {}, one.audit_on))));
}

function consent(s) {
  const w = W();
  if (!text) return h("section", { id: "terms" });
  const body = [h("ol", { class: "terms" }, text[lang].map((one) => h("li", {}, one))), charter(s)];
  if (!s.consented) {
    return h("section", { class: "panel", id: "terms" }, h("header", {}, h("h1", {}, w.terms), h("span", { class: "grow" }), h("span", { class: "sub" }, w.termsLead)),
      h("div", { class: "in" }, body), h("div", { class: "in row" }, button("accept", w.accept, () => send("accept"), { class: "main" })));
  }
  return h("section", { class: "panel", id: "terms" }, h("header", {}, h("h2", {}, w.terms), h("span", { class: "sub" }, w.consented(s.consent.accepted, day(s.consent.at))), h("span", { class: "grow" }),
    button("read", w.read, () => { reading = !reading; draw(); }, { class: "small", "aria-expanded": String(reading) }), twice("withdraw", w.withdraw, w.withdrawSure, () => send("withdraw"))), reading && h("div", { class: "in" }, body));
}

function face(s) {
  const w = W();
  if (s.guide) return guiding(s);
  const wear = h("select", { id: "wear", "data-k": "wear", "aria-label": w.wear }, Object.entries(w.condition).map(([name, word]) => h("option", { value: name }, word)));
  return h("section", { class: "panel", id: "face" }, h("header", {}, h("h2", {}, w.face), h("span", { class: "grow" }), h("label", { class: "t1 sub", for: "wear" }, w.wear), wear,
    button("enrol", s.sets.length ? w.add : w.start, () => send("enrol", { condition: document.getElementById("wear").value }), { class: s.sets.length ? undefined : "main", disabled: Boolean(s.pause) })),
    s.said && h("p", { class: "none trouble", role: "alert" }, s.said[lang]), s.pause && h("p", { class: "none" }, w.needResume),
    s.sets.length ? h("ul", { class: "list" }, s.sets.map((one) => h("li", {}, h("b", {}, w.condition[one.condition]), h("span", { class: "sub" }, w.photos(one.images)), h("span", { class: "t1 sub" }, one.made_at ? day(one.made_at) : w.other_pc), h("span", { class: "grow" }), h("span", { class: "tag" }, one.filed ? w.state[one.state] : w.notFiled), twice(`rm-${one.name}`, w.remove, w.sure, () => send("forget", { name: one.name }))))) : h("p", { class: "none" }, w.noSets),
    h("p", { class: "none t1" }, w.keep));
}

function guiding(s) {
  const w = W(), g = s.guide;
  const picture = document.querySelector("#face img") ?? h("img", { alt: "", src: `/api/preview?${Date.now()}` });
  return h("section", { class: "panel", id: "face" }, h("header", {}, h("h2", {}, w.guideName), h("span", { class: "tag" }, w.pose[g.pose] ?? ""), h("span", { class: "grow" }), g.may_skip && button("skip", w.skip, () => send("enrol/skip"), { class: "small" }), button("stop", w.stop, () => send("enrol/stop"), { class: "small" })),
    h("div", { class: "in guide" }, h("figure", {}, picture), h("div", { class: "side" },
      h("p", { class: "say", role: "status", "aria-live": "polite" }, g.number ? g.say[lang === "ja" ? 0 : 1] : w.cameraOpening),
      h("div", {}, h("p", { class: "t1 sub" }, w.taken(g.taken, g.wanted)), h("div", { class: "dots", "aria-hidden": "true" }, Array.from({ length: g.wanted }, (_, i) => h("i", { class: i < g.taken ? "on" : undefined })))),
      h("div", { class: "meters" }, g.meters.map((one) => h("div", {}, h("span", { class: "t1", id: `m-${one.name}` }, w.meters[one.name]), h("meter", { min: 0, max: 1, value: one.value.toFixed(2), class: one.good ? undefined : "bad", "aria-labelledby": `m-${one.name}` }), h("span", { class: "t1", title: one.good ? w.good : w.bad }, one.good ? "✓" : "–")))))));
}

function decisions(s) {
  const w = W();
  const why = (y) => y && [y.votes && w.votes(y.votes, y.of), y.score !== undefined && y.score !== null && w.score(y.score.toFixed(2), (y.threshold ?? 0).toFixed(2)), y.quality !== undefined && y.quality !== null && w.quality(y.quality.toFixed(2)), w.hint[y.hint]].filter(Boolean).join(" · ");
  return h("section", { class: "panel", id: "decisions" }, h("header", {}, h("h2", {}, w.decisions)),
    s.decisions.length ? h("ul", { class: "list" }, s.decisions.slice(0, 8).map((one) => h("li", {}, h("time", {}, clock(one.at)), h("span", { class: "mark", "data-s": one.phase ? "incident" : one.what }, glyph(one.phase ? "incident" : one.what), h("b", {}, one.phase ? w.incident[one.what] : w[one.what])), h("span", { class: "t1 sub" }, [w.phase[one.phase], one.reason && (w.why[one.reason] ?? one.reason), why(one.why)].filter(Boolean).join(" · "))))) : h("p", { class: "none" }, w.noDecisions));
}

function looked(s) {
  const w = W();
  return h("section", { class: "panel", id: "looked" }, h("header", {}, h("h2", {}, w.looked)),
    s.looked.length ? h("ul", { class: "list" }, s.looked.slice(0, 8).map((one) => h("li", {}, h("span", { class: "t1 sub" }, day(one.at)), h("b", {}, one.by), h("span", {}, w.kind[one.kind] ?? one.kind), h("span", { class: "t1 sub" }, w.purpose[one.purpose] ?? one.purpose)))) : h("p", { class: "none" }, s.linked ? w.noLooked : w.lookedOff));
}

function sharing(s) {
  const w = W(), row = (name, on, path) => h("li", {}, h("b", {}, name), h("span", { class: "tag" }, on ? w.onWord : w.offWord), h("span", { class: "grow" }), button(path, on ? w.turnOff : w.turnOn, () => send(path, { on: !on }), { class: "small" }));
  return h("section", { class: "panel", id: "sharing" }, h("header", {}, h("h2", {}, w.sharing), h("span", { class: "grow" }), h("span", { class: "t1 sub" }, w.viewers(s.sharing.viewers))),
    h("ul", { class: "list" }, row(w.stream, s.sharing.stream, "share/stream"), row(w.camera, s.sharing.virtual_camera, "share/camera")), s.sharing.trouble && h("p", { class: "none trouble" }, s.sharing.trouble[lang]));
}

/** Only what has changed is replaced, so that focus and open lists stay. */
function place(parent, made) {
  const old = parent.querySelector(`:scope > #${made.id}`);
  if (!old) return void parent.append(made);
  const key = (node) => node.outerHTML;
  if (key(old) === key(made) || (old.contains(document.activeElement) && document.activeElement.tagName === "SELECT" && document.hasFocus() && old.dataset.s === made.dataset.s)) return;
  const chosen = Object.fromEntries([...old.querySelectorAll("select")].map((one) => [one.id, one.value]));
  const focus = old.contains(document.activeElement) ? document.activeElement.dataset.k : undefined;
  old.replaceWith(made);
  for (const one of made.querySelectorAll("select")) if (chosen[one.id] !== undefined && [...one.options].some((option) => option.value === chosen[one.id])) one.value = chosen[one.id];
  if (focus) made.querySelector(`[data-k="${CSS.escape(focus)}"]`)?.focus();
}

function draw() {
  const w = W(), app = document.getElementById("app"), line = document.getElementById("line");
  document.documentElement.lang = lang;
  document.getElementById("lang").textContent = w.other;
  if (!entered) { app.textContent = w.enter; document.title = w.title; return; }
  if (!state) return;
  const fresh = Date.now() - heardAt < 5 * CALM_MS;
  line.textContent = !fresh ? `${w.lost} ${clock(heardAt / 1000)}` : state.linked ? w.linked : w.unlinked;
  line.className = fresh ? "t1 sub" : "t1 trouble";
  document.getElementById("who").textContent = state.name;
  const mark = { on: "●", paused: "‖", closed: "○", fault: "△" }[kindOf(state)];
  document.title = `${fresh ? mark : "─"} ${fresh ? w[kindOf(state)] : w.lost} · ${w.title}`;
  app.replaceChildren(...[...app.children].filter((one) => one.id));
  place(app, asks(state));
  app.classList.toggle("asking", !state.consented);
  place(app, air(state));
  place(app, consent(state));
  place(app, state.consented ? face(state) : h("section", { id: "face", hidden: true }));
  let columns = app.querySelector("#columns");
  if (!columns) app.append((columns = h("div", { class: "cols", id: "columns" })));
  for (const one of [decisions(state), looked(state), sharing(state)]) place(columns, one);
}

function heard(news) { state = news; heardAt = Date.now(); draw(); }

async function look() {
  try {
    const answer = await fetch("/api/state");
    entered = answer.status !== 401;
    if (answer.ok) heard(await answer.json());
  } catch { /* the agent is gone: the page says since when */ }
  draw();
  setTimeout(look, state?.guide ? GUIDE_MS : CALM_MS);
}

document.getElementById("lang").addEventListener("click", () => { lang = lang === "ja" ? "en" : "ja"; localStorage.setItem("lang", lang); draw(); });
const token = location.hash.slice(1);
if (token) {
  history.replaceState(null, "", "/");
  await fetch("/api/enter", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ token }) });
}
text = await fetch("/api/terms").then((answer) => (answer.ok ? answer.json() : null));
look();
