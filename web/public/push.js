// Shows what the hub tells this browser, also while no page is open, and leads to it on a click.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// A browser takes the right to push from whoever shows nothing.
self.addEventListener("push", (event) => {
  const note = event.data ? event.data.json() : { title: "在席 zaiseki", path: "/" };
  const shown = {
    body: note.text,
    tag: note.tag,
    renotify: Boolean(note.tag),
    requireInteraction: note.urgent === true,
    icon: "/favicon.svg",
    timestamp: note.at ? note.at * 1000 : Date.now(),
    data: { path: note.path },
  };
  event.waitUntil(self.registration.showNotification(note.title, shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(lead(event.notification.data?.path ?? "/"));
});

// To a page of ours and nowhere else; in a window that is open, or in a new one.
async function lead(path) {
  const url = new URL(path, self.location.origin);
  const to = url.origin === self.location.origin ? url.href : self.location.origin;
  const [open] = await self.clients.matchAll({ type: "window" });
  if (!open) return self.clients.openWindow(to);
  await open.focus().catch(() => null); // a browser may keep its windows where they are
  return open.navigate(to);
}
