// @ts-check
/**
 * All that the page says, in English, by the part of the page that says it. Another language is
 * another file of this shape; `language.js` takes one of them. What needs figures or names is a
 * function of them; figures come as text, written as the reader's locale writes them.
 */
export const en = {
  viewer: {},
  worklist: {
    title: "Films",
    /** @param {string} count */
    films: (count) => (count === "1" ? "1 film" : `${count} films`),
    find: "Find",
    findByName: "Find films by name",
    which: "Which films",
    all: "All films",
    read: "Read",
    notRead: "Could not be read",
    called: "Called when it was read",
    notReviewed: "Not reviewed",
    reviewAgree: "Review: agree",
    reviewDisagree: "Review: disagree",
    reviewUnsure: "Review: unsure",
    order: "Order",
    newest: "Newest",
    oldest: "Oldest",
    urgency: "Most urgent",
    urgencyMeans: "Films that nobody has reviewed first, of these the highest probability first",
    byReview: "Review",
    probability: "Probability",
    name: "Name",
    none: "No films yet.",
    noneFits: "No film fits.",
    /** @param {string} listed @param {string} all */
    firstOnly: (listed, all) => `These are the first ${listed} of ${all} films. Narrow the list to see others.`,
    unreadable: "Could not be read: ",
    warnings: "with warnings",
    review: { agree: "review: agree", disagree: "review: disagree", unsure: "review: unsure" },
    /** @param {string} share */
    judgedFor: (share) => `judged for ${share} with a finding`,
    passedOver: "Passed over",
    /** @param {string} filters */
    noSuchFilter: (filters) => `The address asks for ${filters}, and the list has no such choice.`,
    noSuchPlace: "The address leads nowhere on this page.",
    keys: "in the list: film before, next, first, last",
  },
  review: {},
  reviewed: {},
  report: {},
  away: {},
};
