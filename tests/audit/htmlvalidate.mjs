// What html-validate looks for: all that it recommends, except for what is listed here.
export default {
  root: true,
  extends: ["html-validate:recommended"],
  rules: {
    // Style, not validity: how the theme's templates and the Markdown libraries write their HTML.
    "attribute-boolean-style": "off",
    "attribute-empty-style": "off", // popover="auto"
    "doctype-style": "off",
    "no-trailing-whitespace": "off",
    "presentation-role-style": "off",
    "void-style": "off",

    // The theme's own: valid in HTML, where an id may begin with any letter, as `__drawer` does.
    "valid-id": ["error", { relaxed: true }],
    // The theme's own: both tables of contents, one for phones, have the same name; only one is shown.
    "unique-landmark": "off",
    // Only within a form a button without a type does something of its own.
    "no-implicit-button-type": "off",
    // The theme's own: its search answers while one types, so that its form has nothing to submit.
    "wcag/h32": "off",
    // The theme's own: `autocomplete="off"` on its hidden checkboxes, so that Firefox forgets them.
    "input-attributes": "off",
    "valid-autocomplete": "off",
  },
};
