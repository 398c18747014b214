(() => {
  "use strict";
  const stale = document.getElementById("stale");
  const pause = 1000 * Number(document.body.dataset.every);

  // Changes what differs and keeps the rest, and with it focus, scroll positions and a selection.
  function patch(old, next) {
    if (old.nodeName !== next.nodeName) {
      old.replaceWith(document.importNode(next, true));
      return;
    }
    if (!(old instanceof Element)) {
      if (old.data !== next.data) old.data = next.data;
      return;
    }
    for (const { name, value } of next.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    // What is unfolded is so by whoever looks.
    for (const { name } of [...old.attributes]) {
      if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
    }
    const children = [...old.childNodes];
    [...next.childNodes].forEach((child, index) => {
      if (children[index]) patch(children[index], child);
      else old.append(document.importNode(child, true));
    });
    children.slice(next.childNodes.length).forEach((each) => each.remove());
  }

  async function renew() {
    try {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      const next = new DOMParser().parseFromString(text, "text/html").getElementById("page");
      patch(document.getElementById("page"), next);
      stale.hidden = true;
    } catch (error) {
      // What stands stays; who looks is told that it is old.
      stale.textContent = `Not current: ${error.message}`;
      stale.hidden = false;
    }
    setTimeout(renew, pause);
  }

  setTimeout(renew, pause);
})();
