// The book as a calendar. What is dragged or clicked sends the forms that work without script too,
// and the server's refusal is shown as the server writes it.
const book = document.getElementById("book");
const panel = document.getElementById("panel");
const content = document.getElementById("panel-content");
const trouble = document.getElementById("trouble");
const said = document.getElementById("said");
const { root, csrf, day, view } = book.dataset;

const REFRESH_MS = 30_000;
let dragging = false;
let focused;

// Asks the server as the script of this page; null when it does not answer. Whoever is not logged
// in any more sees the login.
async function ask(path, options = {}) {
  try {
    const answer = await fetch(path, { ...options, headers: { "X-By-Script": "true" } });
    if (answer.redirected || answer.status === 401) location.reload();
    return answer;
  } catch {
    return null;
  }
}

const parsed = async (answer) =>
  new DOMParser().parseFromString(await answer.text(), "text/html");

// The book as it is by now; what is blocked is also a list of this page.
async function refresh() {
  const answer = await ask(location.href);
  if (!answer?.ok) return;
  calendar.refetchEvents();
  const page = await parsed(answer);
  document.getElementById("blocks").replaceWith(page.getElementById("blocks"));
}

// What the server says: a sentence when something was done, else a page, which goes into the panel.
// A form that did not get through stays as it is.
async function show(answer) {
  if (answer?.headers.get("content-type").startsWith("application/json")) {
    said.textContent = (await answer.json()).said;
    panel.close();
    await refresh();
    return;
  }
  const page = answer && (await parsed(answer)).getElementById("content");
  trouble.hidden = Boolean(page);
  if (page || !panel.open) content.replaceChildren(...(page?.childNodes ?? []));
  if (!panel.open) panel.showModal();
  content.querySelector("input:not([type=hidden]), select")?.focus();
}

const open = async (path) => show(await ask(path));

const wall = (moment) => {
  const two = (number) => String(number).padStart(2, "0");
  const date = [moment.getFullYear(), two(moment.getMonth() + 1), two(moment.getDate())].join("-");
  return `${date}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
};

async function move({ event, revert }) {
  const form = new FormData();
  form.set("csrf", csrf);
  form.set("starts_at", wall(event.start));
  event.resourceIds.forEach((name) => form.append("therapist", name));
  const path = `${event.extendedProps.path}/move`;
  const answer = await ask(path, { method: "POST", body: form });
  if (!answer?.ok) revert();
  await show(answer);
}

function add({ date, resource }) {
  const given = new URLSearchParams({ starts_at: wall(date) });
  if (resource) given.set("therapist", resource.id);
  open(`${root}/appointments/new?${given}`);
}

function card({ event, timeText }) {
  if (event.display === "background") return { domNodes: [] };
  const { lines, therapists } = event.extendedProps;
  const domNodes = [timeText, event.title, ...lines, therapists].map((text, place) => {
    const line = document.createElement(place ? "span" : "strong");
    line.textContent = text;
    return line;
  });
  // Who sees the columns knows whose it is.
  if (view === "day") domNodes.at(-1).className = "unseen";
  return { domNodes };
}

async function events() {
  const answer = await ask(`${root}/book?${new URLSearchParams({ day, view })}`);
  if (!answer?.ok) throw new Error("The book cannot be read.");
  return answer.json();
}

// What is drawn anew is another element; whoever uses the keyboard stays where they were.
function keepFocus() {
  if (!focused || document.activeElement !== document.body) return;
  book.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

const hour = (number) => `${String(number).padStart(2, "0")}:00`;

const calendar = EventCalendar.create(book, {
  view: view === "week" ? "timeGridWeek" : "resourceTimeGridDay",
  date: day,
  firstDay: 1,
  locale: "en-GB",
  dayHeaderFormat: { weekday: "short", day: "numeric" },
  headerToolbar: { start: "", center: "", end: "" },
  resources: JSON.parse(book.dataset.people).map((name) => ({ id: name, title: name })),
  eventSources: [{ events }],
  slotMinTime: hour(book.dataset.opens),
  slotMaxTime: hour(book.dataset.closes),
  flexibleSlotTimeLimits: true,
  snapDuration: "00:15",
  slotHeight: 28,
  columnWidth: "minmax(8rem, 1fr)",
  allDaySlot: false,
  slotEventOverlap: false,
  eventDurationEditable: false,
  longPressDelay: 400,
  eventContent: card,
  eventDidMount: ({ event, el }) => { el.dataset.id = event.id; },
  eventAllUpdated: keepFocus,
  eventClick: ({ event }) => open(event.extendedProps.path),
  eventDrop: move,
  dateClick: add,
  eventDragStart: () => { dragging = true; },
  eventDragStop: () => { dragging = false; },
  loading: (isLoading) => book.setAttribute("aria-busy", isLoading),
});

// The component calls itself a table, but what it shows lies beside the cells of it: to a screen
// reader it is a group of buttons, each of which says everything.
const TABLE = "table rowgroup row columnheader rowheader cell".split(" ");
for (const part of book.querySelectorAll("[role]")) {
  if (!TABLE.includes(part.role)) continue;
  part.removeAttribute("role");
  part.removeAttribute("aria-colindex");
}
book.hidden = false;
document.getElementById("columns").hidden = true;

document.addEventListener("click", (click) => {
  const link = click.target.closest("a.panel");
  if (!link || click.ctrlKey || click.metaKey || click.shiftKey) return;
  click.preventDefault();
  open(link.href);
});

document.addEventListener("focusin", ({ target }) => {
  if (!panel.contains(target)) focused = target.closest("#book article")?.dataset.id;
});

panel.addEventListener("submit", async (sent) => {
  sent.preventDefault();
  // Once, however often somebody clicks.
  sent.submitter.disabled = true;
  const { action, method } = sent.target;
  await show(await ask(action, { method, body: new FormData(sent.target) }));
  sent.submitter.disabled = false;
});

document.getElementById("close").addEventListener("click", () => panel.close());

// What callers book meanwhile.
setInterval(() => {
  if (!document.hidden && !dragging && !panel.open) refresh();
}, REFRESH_MS);
