// @ts-check
/**
 * All that the page says, in English, by the part of the page that says it. Another language is
 * another file of this shape; `language.js` takes one of them. What needs figures or names is a
 * function of them; figures come as text, written as the reader's locale writes them.
 */
export const en = {
  viewer: {
    /** @param {string} name */
    film: (name) => `Film ${name}`,
    /** @param {string} name of a class */
    heatFor: (name) => `Where the film speaks for ${name}`,
    loading: "The picture is loading.",
    notKept: "The film was not kept. This is its heat alone.",
    /** @param {string} why */
    failed: (why) => `The picture could not be shown: ${why}`,
    /** @param {string} width @param {string} centre */
    windowLine: (width, centre) => `Window ${width} at ${centre}, other than the model saw the film`,
    /** @param {string} length */
    millimetres: (length) => `${length}\u00a0mm`,
    /** @param {string} angle */
    degrees: (angle) => `${angle}°`,
    /** @param {string} name of a class; empty where it is chosen */
    evidence: (name) => `Evidence for ${name}`,
    evidenceChoice: "Evidence for",
    none: "none",
    full: "full",
    colours: "from clear through red to yellow",
    tools: "View",
    heat: "Heat",
    opacity: "Opacity of the heat",
    least: "Weakest evidence shown",
    /** @param {string} share */
    leastText: (share) => `from ${share} of full on`,
    dragging: "What dragging does",
    move: "Move",
    window: "Window",
    ruler: "Ruler",
    angle: "Angle",
    noSpacing: "The film does not say how far its pixels lie apart",
    unmeasure: "Remove measures",
    levels: "Gray levels",
    asJudged: "As the model saw it",
    /** @param {string} name @param {string} width @param {string} centre */
    ownWindow: (name, width, centre) => (name ? `${name} (${width} at ${centre})` : `Window ${width} at ${centre}`),
    wholeRange: "All values",
    custom: "By hand",
    invert: "Invert",
    turn: "Turn right",
    mirror: "Mirror",
    farther: "Farther",
    closer: "Closer",
    whole: "Whole film",
    ownSize: "Pixel for pixel",
    fullScreen: "Full screen",
    pin: "Keep beside",
    unpin: "Take away",
    /** @param {string} what @param {string} key */
    withKey: (what, key) => `${what} (${key})`,
  },
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
