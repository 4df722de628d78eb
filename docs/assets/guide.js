// What the theme inserts after the page has loaded, made right for keyboards and screen readers.
function mend() {
  for (const scroller of document.querySelectorAll(".md-typeset__scrollwrap")) {
    scroller.tabIndex = 0; // a wide table scrolls with the arrow keys
  }
  for (const buttons of document.querySelectorAll("nav.md-code__nav")) {
    buttons.setAttribute("role", "none"); // a copy button is no navigation
  }
}

new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
mend();
