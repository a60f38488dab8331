// Films that open large, heatmaps that fade over them, and cards in other orders. Without it the
// page says the same. What it needs stands in the page: [data-large] holds the pictures of a film,
// of which img[data-heat] are drawn over the first; [data-films] holds cards with data-name and,
// where known, data-probability and data-wrong.
"use strict";
(() => {
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // What can be opened, in the order of the page: a film with its heatmaps, or a picture alone.
  const views = () =>
    [...document.querySelectorAll("[data-large]")]
      .filter((place) => place.offsetParent !== null)
      .flatMap((place) => {
        const pictures = [...place.querySelectorAll("img")];
        const heats = pictures.filter((picture) => "heat" in picture.dataset);
        const films = pictures.filter((picture) => !("heat" in picture.dataset));
        const { large: name, fade: layer = "Heatmap" } = place.dataset;
        return heats.length ? [{ name, layer, film: films[0], heats }] : films.map((film) => ({ name, film, heats }));
      });

  const title = make("h2", { id: "viewer-title" });
  const film = make("img");
  const heat = make("img");
  const caption = make("p", { className: "facts" });
  const slider = make("input", { type: "range", min: 0, max: 100, step: 5 });
  const amount = make("output");
  const layer = make("span");
  const fading = make("label", {}, layer, slider, amount);
  const choice = make("select");
  const choosing = make("label", {}, "Evidence for ", choice);
  const close = make("button", { type: "button", textContent: "Close" });
  const previous = make("button", { type: "button", textContent: "← Previous" });
  const next = make("button", { type: "button", textContent: "Next →" });
  const viewer = make(
    "dialog",
    { className: "viewer" },
    make("div", { className: "head" }, title, close),
    make("div", { className: "stage" }, film, heat),
    caption,
    make("div", { className: "controls" }, previous, fading, choosing, next),
  );
  viewer.setAttribute("aria-labelledby", title.id);

  let open = [];
  let place = 0;
  const fade = () => {
    heat.style.opacity = slider.value / 100;
    amount.textContent = `${slider.value} %`;
    const shown = open[place].heats[choice.selectedIndex];
    caption.textContent = captionOf(slider.value > 0 && shown ? shown : open[place].film);
  };
  const captionOf = (picture) =>
    picture.closest("figure")?.querySelector("figcaption")?.textContent.trim() ?? "";
  const chooseHeat = () => {
    const shown = open[place].heats[choice.selectedIndex];
    heat.src = shown.src;
    heat.alt = shown.alt;
    fade();
  };
  const show = (index, picture) => {
    place = (index + open.length) % open.length;
    const view = open[place];
    title.textContent = view.name;
    film.src = view.film.src;
    film.alt = view.film.alt;
    choice.replaceChildren(...view.heats.map((one) => make("option", { textContent: one.dataset.heat })));
    const wanted = view.heats.indexOf(picture);
    choice.selectedIndex = Math.max(wanted, 0);
    heat.hidden = fading.hidden = view.heats.length === 0;
    choosing.hidden = view.heats.length < 2;
    if (view.heats.length) {
      layer.textContent = view.layer;
      if (picture) slider.value = picture === view.film ? 0 : 100;
      chooseHeat();
    } else {
      caption.textContent = captionOf(view.film);
    }
  };
  const openAt = (picture) => {
    open = views();
    previous.hidden = next.hidden = open.length < 2;
    show(open.findIndex((view) => view.film === picture || view.heats.includes(picture)), picture);
    viewer.showModal();
  };

  slider.addEventListener("input", fade);
  choice.addEventListener("change", chooseHeat);
  close.addEventListener("click", () => viewer.close());
  previous.addEventListener("click", () => show(place - 1));
  next.addEventListener("click", () => show(place + 1));
  viewer.addEventListener("click", (event) => event.target === viewer && viewer.close());
  viewer.addEventListener("keydown", (event) => {
    if (event.target === slider || event.target === choice || open.length < 2) return;
    if (event.key === "ArrowLeft") show(place - 1);
    if (event.key === "ArrowRight") show(place + 1);
  });

  for (const picture of document.querySelectorAll("[data-large] img")) {
    const opener = make("button", { type: "button", className: "opener", title: "Open large" });
    opener.addEventListener("click", () => openAt(picture));
    picture.replaceWith(opener);
    opener.append(picture);
  }
  if (document.querySelector(".opener")) document.body.append(viewer);

  // Cards in another order stand in one list; the groups that they came from are kept for later.
  const orders = {
    "as arranged": null,
    "by name": (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }),
    "by probability, highest first": (a, b) => b.probability - a.probability,
    "wrong ones first": (a, b) => b.wrong - a.wrong,
  };
  const needs = { "by probability, highest first": "probability", "wrong ones first": "wrong" };
  for (const films of document.querySelectorAll("[data-films]")) {
    const cards = [...films.querySelectorAll("[data-name]")];
    if (cards.length < 2) continue;
    const homes = cards.map((card) => card.parentElement);
    const groups = [...films.children];
    const list = make("div", { className: homes[0].className, hidden: true });
    const known = Object.keys(orders).filter((name) => cards.some((card) => (needs[name] ?? "name") in card.dataset));
    const order = make("select", {}, ...known.map((name) => make("option", { textContent: name })));
    films.prepend(make("p", { className: "order" }, make("label", {}, "Order of films ", order)));
    films.append(list);
    order.addEventListener("change", () => {
      const compare = orders[order.value];
      for (const group of groups) group.hidden = compare !== null;
      list.hidden = compare === null;
      if (compare === null) cards.forEach((card, i) => homes[i].append(card));
      else list.append(...[...cards].sort((a, b) => compare(a.dataset, b.dataset)));
    });
  }
})();
