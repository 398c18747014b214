(() => {
  "use strict";
  const stale = document.getElementById("stale");
  const pause = 1000 * Number(document.body.dataset.every);

  async function renew() {
    try {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      const next = new DOMParser().parseFromString(text, "text/html").getElementById("page");
      const folds = [...document.querySelectorAll("details")].map((each) => each.open);
      const page = document.getElementById("page");
      page.replaceWith(document.adoptNode(next));
      document.querySelectorAll("details").forEach((each, index) => { each.open = folds[index] ?? false; });
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
