// Filters rows and keeps the page's language and title; all can be read without it.
(() => {
  "use strict";
  const fold = (text) =>
    text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[\u0111\u0110]/g, "d").toLowerCase();
  const named = (row) => {
    const name = row.cells[0];
    const about = [...row.cells].filter((cell, at) => at && !/\b[nb]\b/.test(cell.className));
    return [name, ...about].map((cell) => cell.textContent).join(" ");
  };

  class Filter {
    constructor(article) {
      this.form = article.querySelector(".filter");
      [this.text, this.below] = this.form.querySelectorAll("input");
      this.output = this.form.querySelector("output");
      this.lists = [...article.querySelectorAll("table.list")].map((table) => ({
        table,
        frame: table.parentElement,
        judged: table.classList.contains("judged"),
        bodies: [...table.tBodies],
      }));
      this.sections = [...article.querySelectorAll(":scope > section")];
      this.head = article.querySelector("header");
      this.total = this.lists.reduce(
        (sum, list) => sum + list.table.querySelectorAll("tbody tr:not(.group)").length, 0);
      this.say(this.total, false);
      this.form.hidden = false;
      this.form.addEventListener("input", () => this.apply());
      addEventListener("load", () => idle(() => this.read()));
    }

    read() {
      for (const list of this.lists) {
        list.bodies = list.bodies.map((body) => {
          const rows = [...body.rows];
          const head = rows[0]?.className === "group" ? rows.shift() : null;
          const over = head ? fold(head.textContent) : "";
          return {
            body,
            head,
            rows: rows.map((row) => ({
              row,
              text: `${fold(named(row))} ${over}`,
              bad: row.className === "bad",
            })),
          };
        });
      }
      this.read = () => {};
    }

    apply() {
      this.read();
      const words = fold(this.text.value).split(/\s+/).filter(Boolean);
      const below = this.below.checked;
      const top = this.head.offsetTop + this.head.offsetHeight;
      if (scrollY > top) scrollTo(0, top);
      let shown = 0;
      for (const list of this.lists) {
        let here = 0;
        const skipped = below && !list.judged;
        for (const { body, head, rows } of list.bodies) {
          let inBody = 0;
          for (const { row, text, bad } of rows) {
            const fits = !skipped && (bad || !below) && words.every((word) => text.includes(word));
            inBody += fits;
            if (row.hidden === fits) row.hidden = !fits;
          }
          if (head) body.hidden = !inBody;
          here += inBody;
        }
        list.frame.hidden = !here;
        list.frame.style.setProperty("--rows", here);
        shown += here;
      }
      const filtered = below || words.length > 0;
      this.sections.forEach((section, at) => {
        const told = section.querySelector(".wide:not([hidden]) > table.list");
        section.hidden = filtered && !told && ((at > 0 && !section.querySelector(".keys")) || words.length > 0);
      });
      this.say(shown, filtered);
    }

    say(shown, filtered) {
      const told = this.form.dataset[filtered ? "shown" : "rows"];
      const number = (n) => n.toLocaleString(this.form.closest("[lang]").lang);
      this.form.classList.toggle("on", filtered);
      const wanted = [
        this.text.value.trim() && `\u201c${this.text.value.trim()}\u201d`,
        this.below.checked && this.below.parentElement.textContent.trim(),
      ].filter(Boolean);
      this.output.textContent = [
        told.replace("{n}", number(shown)).replace("{total}", number(this.total)),
        ...wanted,
      ].join(" \u00b7 ");
    }
  }

  const idle = window.requestIdleCallback ?? setTimeout;
  const filters = [...document.querySelectorAll("main > article")].map((one) => new Filter(one));
  if (new URLSearchParams(location.search).has("below")) {
    for (const filter of filters) {
      filter.below.checked = true;
      filter.apply();
    }
  }

  const choices = [...document.querySelectorAll("input[name=language]")];
  const choose = (language) => {
    const article = document.querySelector(`main > article[lang="${language}"]`);
    document.documentElement.lang = language;
    document.title = article.dataset.title;
  };
  for (const choice of choices) {
    choice.addEventListener("change", () => choose(choice.value));
  }
  const follow = () => {
    const wanted = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const language = wanted && wanted.closest("article")?.lang;
    const choice = choices.find((one) => one.value === language);
    if (choice && !choice.checked) {
      choice.checked = true;
      choose(language);
      wanted.scrollIntoView();
    }
  };
  addEventListener("hashchange", follow);
  follow();
  const chosen = choices.find((one) => one.checked);
  if (chosen) choose(chosen.value);
})();
