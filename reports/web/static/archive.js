// The archive: tells how far a report is, and shows the list anew when one is made.
"use strict";
(() => {
  const list = document.querySelector("#job-list[data-busy]");
  if (!list) return;
  async function look() {
    const got = await fetch("/reports/jobs", { headers: { Accept: "application/json" } });
    if (!got.ok) return;
    const { jobs } = await got.json();
    for (const { id, text } of jobs) {
      const line = list.querySelector('[data-job="' + id + '"]');
      if (line && line.textContent !== text) line.textContent = text;
    }
    if (jobs.every((one) => one.over)) location.reload();
    else setTimeout(look, 1500);
  }
  setTimeout(look, 500);
})();
