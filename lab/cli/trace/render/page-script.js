"use strict";
{
  const hops = [...document.querySelectorAll("details.hop")];
  const toggle = document.getElementById("toggle");

  const openHop = (hash) => {
    const hop = hops.find(({ id }) => `#${id}` === hash);
    if (hop) {
      hop.open = true;
      hop.scrollIntoView();
      hop.querySelector("summary").focus({ preventScroll: true });
    }
  };

  const allOpen = () => hops.every(({ open }) => open);
  const nameToggle = () => {
    toggle.textContent = allOpen() ? "Close all" : "Open all";
  };

  // The address may name the hop already: then it does not change, but the hop has to open again.
  for (const link of document.querySelectorAll('a[href^="#hop-"]')) {
    link.addEventListener("click", () => setTimeout(() => openHop(link.getAttribute("href"))));
  }
  addEventListener("hashchange", () => openHop(location.hash));
  openHop(location.hash);

  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    const open = !allOpen();
    for (const hop of hops) hop.open = open;
  });
  for (const hop of hops) hop.addEventListener("toggle", nameToggle);
  nameToggle();

  // On paper nothing opens.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = hops.filter(({ open }) => !open);
    for (const hop of opened) hop.open = true;
  });
  addEventListener("afterprint", () => {
    for (const hop of opened) hop.open = false;
    opened = [];
  });
}
