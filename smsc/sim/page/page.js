"use strict";
const $ = (id) => document.getElementById(id);
const ENTRIES_MAX = 400;
const seen = { carrier: [], merchant: [] };
let settings = { msisdn: "", short_code: "", codes: {}, faults: [] };

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function time(at) {
  const made = element("time", "", new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }));
  made.dateTime = at;
  return made;
}

function keep(list, entry) {
  list.append(entry);
  while (list.children.length > ENTRIES_MAX) list.firstElementChild.remove();
}

/* The handset */

function showMo(event) {
  const bubble = element("li", "bubble mine");
  bubble.append(element("span", "hidden", `You to ${event.short_code}:`), element("p", "", event.text));
  const foot = element("small");
  foot.append(time(event.at), element("span", "", `to ${event.short_code}`));
  bubble.append(foot);
  bubble.dataset.mo = event.mo;
  keep($("chat"), bubble);
}

function answerMo(event) {
  const bubble = $("chat").querySelector(`[data-mo="${event.mo}"]`);
  if (!bubble) return;
  const fine = event.command_status === 0;
  bubble.lastElementChild.append(element("span", fine ? "" : "tag bad", fine ? "acknowledged" : event.status));
}

function showMt(event) {
  const bubble = element("li", "bubble theirs" + (event.delivered ? "" : " lost"));
  const missed = event.delivered ? "" : " (did not arrive)";
  bubble.append(element("span", "hidden", `${event.sender}${missed}:`), element("p", "", event.text));
  const foot = element("small");
  foot.append(element("b", "", event.sender), time(event.at));
  if (event.price) foot.append(element("span", "tag money", event.price));
  if (!event.delivered) foot.append(element("span", "tag bad", `did not arrive: ${event.outcome}`));
  bubble.append(foot);
  keep($("chat"), bubble);
}

function carrierSaid(event) {
  if (event.msisdn !== $("msisdn").value) return;
  const chat = $("chat");
  const atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80;
  chat.querySelector(".empty")?.remove();
  if (event.kind === "mo") showMo(event);
  if (event.kind === "mo_answer") answerMo(event);
  if (event.kind === "mt") showMt(event);
  if (atEnd) chat.scrollTop = chat.scrollHeight;
}

/* The merchant's desk */

function fieldList(fields) {
  const details = element("details");
  const list = element("dl");
  for (const [name, value] of Object.entries(fields)) {
    list.append(element("dt", "", name), element("dd", "", value === "" ? "\u2014" : value));
  }
  details.append(element("summary", "", "fields"), list);
  return details;
}

function entry(event, arrow, title, said, tags, fields, className = "") {
  const made = element("li", `entry ${className}`);
  const mark = element("span", "arrow", arrow);
  mark.setAttribute("aria-hidden", "true");
  const row = element("div", "tags");
  row.append(...tags);
  made.append(mark, element("h3", "", title), time(event.at));
  if (said) made.append(element("p", "said", said));
  made.append(row, fieldList(fields));
  const desk = $("desk");
  desk.querySelector(".empty")?.remove();
  desk.prepend(made);
  while (desk.children.length > ENTRIES_MAX) desk.lastElementChild.remove();
}

function showCallback(event) {
  const f = event.fields;
  const answered = element("span", "answer", `answered ${event.status} ${event.body}`);
  if (f.action === "invitation") {
    entry(event, "\u2192", `Invitation ${f.state || ""}`, f.keyword, [answered], f);
    return;
  }
  if (f.action !== "mp_report") {
    const stop = /^ask .+ stop$/.test(f.message || "");
    entry(event, "\u2192", stop ? "Stop notice" : "Message forwarded", f.message, [answered], f);
    return;
  }
  const billed = billedIds.has(f.id);
  const good = ["DELIVERED", "ACKNOWLEDGED", "SUBSCRIBED"].includes(f.report);
  if (billed && f.report === "DELIVERED") count("charged");
  else if (billed && !good) count("failed");
  const title = billed ? (f.report === "DELIVERED" ? "Report: charged" : "Report: not charged") : "Report";
  entry(event, "\u2192", title, saidById.get(f.id) || "", [element("span", `tag ${good ? "good" : "bad"}`, f.report), answered], f, "report");
}

const billedIds = new Set();
const saidById = new Map();
function count(id) { $(id).textContent = String(Number($(id).textContent) + 1); }

function showCall(event) {
  const p = event.params;
  const names = { W: "Welcome", G: "Goodbye" };
  const billed = Number(p.value) > 0;
  if (billed) billedIds.add(p.id);
  saidById.set(p.id, p.message);
  const fine = event.body === "SUCCESS";
  const tags = [];
  if (billed) tags.push(element("span", "tag money", `${p.currency} ${p.value}`));
  tags.push(element("span", `tag ${fine ? "good" : "bad"}`, event.body.slice(0, 80)));
  entry(event, "\u2190", names[p.command] || "Content", p.message, tags, p);
}

function shortly(body) {
  const bare = body.replace(/^<\?xml[^>]*\?>\s*/, "");
  return bare.length > 160 ? `${bare.slice(0, 160)}\u2026` : bare;
}

function showRequest(event) {
  const p = event.params;
  const fine = event.status < 400 && !event.body.includes('status="4');
  const tags = [element("span", `tag ${fine ? "good" : "bad"}`, `${event.status}`), element("span", "answer", shortly(event.body))];
  entry(event, "\u2190", `${event.path} ${p.method || ""}`, p.message, tags, p);
}

function numberOf(event) {
  const f = event.kind === "callback" ? event.fields : event.params;
  return f?.number || f?.mobileNum || f?.phone_number || f?.msisdn || "";
}

function merchantSaid(event) {
  const number = numberOf(event); // stores write American numbers without the 1
  if (!number || ![number, `1${number}`].includes($("msisdn").value)) return;
  if (event.kind === "request") showRequest(event);
  if (event.kind === "callback") showCallback(event);
  if (event.kind === "call") showCall(event);
}

/* Live */

const up = { carrier: false, merchant: false };
function listen(name, show) {
  const source = new EventSource(`/demo/${name}/events`);
  const state = (isUp) => {
    up[name] = isUp;
    const all = up.carrier && up.merchant;
    $("live").classList.toggle("on", all);
    const words = all ? "live" : "reconnecting";
    if ($("live").textContent !== words) $("live").textContent = words;
  };
  source.onopen = () => state(true);
  source.onerror = () => state(false);
  source.onmessage = (message) => {
    const event = JSON.parse(message.data);
    seen[name].push(event);
    if (seen[name].length > 5000) seen[name].shift();
    show(event);
  };
}

function redraw() {
  const chat = $("chat");
  $("charged").textContent = $("failed").textContent = "0";
  billedIds.clear();
  saidById.clear();
  chat.replaceChildren(element("li", "empty", `Nothing yet. Text ${textsOf($("code").value)[0] || "a keyword"} to ${$("code").value}.`));
  $("desk").replaceChildren(element("li", "empty", "Nothing yet for this number."));
  seen.carrier.forEach(carrierSaid);
  [...seen.merchant].forEach(merchantSaid);
  chat.scrollTop = chat.scrollHeight;
}

async function send(text) {
  const trouble = $("trouble");
  const button = $("compose").querySelector("button");
  button.disabled = true;
  trouble.hidden = true;
  try {
    const answer = await fetch("/demo/texts", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ msisdn: $("msisdn").value, short_code: $("code").value.trim(), text }),
    });
    if (!answer.ok) throw new Error((await answer.text()) || answer.statusText);
    return true;
  } catch (error) {
    trouble.textContent = `Not sent: ${error.message}`;
    trouble.hidden = false;
    return false;
  } finally {
    button.disabled = false;
  }
}

const textsOf = (code) => settings.codes[code.trim()] || [];

function offerTexts() {
  $("chips").replaceChildren(...textsOf($("code").value).map((text) => {
    const chip = element("button", "", text);
    chip.type = "button";
    chip.onclick = () => send(text);
    return chip;
  }));
}

async function begin() {
  settings = await (await fetch("/demo/settings")).json();
  $("msisdn").value = settings.msisdn;
  $("code").value = settings.short_code;
  for (const code of Object.keys(settings.codes)) $("codes").append(Object.assign(element("option"), { value: code }));
  offerTexts();
  $("code").addEventListener("input", offerTexts);
  $("code").addEventListener("focus", () => $("code").select());
  for (const [ending, meaning] of settings.faults) {
    const row = element("tr");
    row.append(element("td", "", ending), element("td", "", meaning));
    $("faults").append(row);
  }
  redraw();
  $("msisdn").addEventListener("change", () => {
    $("msisdn").value = $("msisdn").value.replace(/\D/g, "").replace(/^00/, "") || settings.msisdn;
    redraw();
  });
  $("compose").addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    const field = $("text");
    if (field.value.trim() && (await send(field.value))) field.value = "";
    field.focus();
  });
  listen("carrier", carrierSaid);
  listen("merchant", merchantSaid);
}

begin();
