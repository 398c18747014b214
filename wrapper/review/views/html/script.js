(() => {
  "use strict";
  document.documentElement.classList.add("live");
  const box = document.getElementById("search");
  const shown = document.getElementById("shown");
  const chips = [...document.querySelectorAll("button.state")];
  const stacks = [...document.querySelectorAll(".stack")];
  const entries = [...document.querySelectorAll(".entry")].map((element) => ({
    element,
    state: element.dataset.state,
    text: element.textContent.toLowerCase().replace(/\s+/g, " "),
  }));

  const all = shown.textContent;

  function filter() {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const states = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.state);
    let count = 0;
    for (const { element, state, text } of entries) {
      const fits = words.every((word) => text.includes(word)) && (!states.length || states.includes(state));
      element.hidden = !fits;
      count += fits;
    }
    for (const stack of stacks) stack.hidden = !stack.querySelector(".entry:not([hidden])") && count < entries.length;
    shown.textContent = count === entries.length ? all : `${count} of ${entries.length} changes`;
  }

  box.addEventListener("input", filter);
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  }
  for (const link of document.querySelectorAll("[data-search]")) {
    link.addEventListener("click", () => {
      box.value = link.dataset.search;
      filter();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== box) {
      event.preventDefault();
      box.focus();
    } else if (event.key === "Escape" && box.value) {
      box.value = "";
      filter();
    }
  });
  // On paper nothing unfolds: open what changes, and leave out the lists of what is simply new.
  let opened = [];
  addEventListener("beforeprint", () => {
    const folded = entries.filter(({ state }) => state === "changed" || state === "replaced");
    opened = [...folded.map(({ element }) => element), ...document.querySelectorAll(".fold")].filter((each) => !each.open);
    for (const each of opened) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of opened) each.open = false;
  });
})();
