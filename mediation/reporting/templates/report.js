// Enhancements only: everything can be read, reached and printed without them.
(() => {
  "use strict";
  const narrow = matchMedia("(max-width: 74.99rem)");
  const contents = document.querySelector("nav details");
  if (contents) {
    const fold = () => { contents.open = !narrow.matches; };
    fold();
    narrow.addEventListener("change", fold);
    contents.addEventListener("click", (event) => {
      if (narrow.matches && event.target.closest("a")) contents.open = false;
    });
  }
  // Boxes that do not scroll need no stop of the Tab key.
  const stops = [...document.querySelectorAll(".table-box, .sheet")];
  const settle = () => stops.forEach((each) => {
    if (each.scrollWidth > each.clientWidth) each.tabIndex = 0;
    else each.removeAttribute("tabindex");
  });
  settle();
  addEventListener("resize", settle);
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((each) => { each.open = true; });
  });

  // Tables without groups can be sorted by any column; a third press restores their order.
  const value = (row, at) => {
    const text = row.cells[at].textContent.trim().replace(/\u2212/g, "-");
    const found = text.match(/-?[\d.,]*\d/);
    return found && row.cells[at].classList.contains("gt_right")
      ? parseFloat(found[0].replace(/,/g, "")) : text;
  };
  document.querySelectorAll("table").forEach((table) => {
    const body = table.tBodies[0];
    const heads = table.tHead ? [...table.tHead.rows].pop().cells : [];
    if (!body || body.rows.length < 3 || body.querySelector(".gt_group_heading")) return;
    const original = [...body.rows];
    [...heads].forEach((head, at) => {
      if (!head.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        const next = { ascending: "descending", descending: null }[now];
        const order = now ? next : "ascending";
        [...heads].forEach((each) => each.removeAttribute("aria-sort"));
        const rows = [...original];
        if (order) {
          head.setAttribute("aria-sort", order);
          const sign = order === "ascending" ? 1 : -1;
          rows.sort((one, two) => {
            const [a, b] = [value(one, at), value(two, at)];
            return sign * (typeof a === "number" && typeof b === "number"
              ? a - b : String(a).localeCompare(String(b)));
          });
        }
        body.append(...rows);
      });
    });
  });

  // An arrow of a path diagram and its row in the table of paths light up together.
  document.querySelectorAll("[data-path]").forEach((one) => {
    const same = document.querySelectorAll(`[data-path="${CSS.escape(one.dataset.path)}"]`);
    const light = (on) => () => same.forEach((each) => each.classList.toggle("lit", on));
    one.addEventListener("pointerenter", light(true));
    one.addEventListener("pointerleave", light(false));
  });
})();
