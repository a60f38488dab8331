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
  review: {
    title: "Your review",
    verdicts: { agree: "Agree", disagree: "Disagree", unsure: "Unsure" },
    instead: "What it is instead",
    notTold: "not told",
    note: "Note",
    save: "Save review",
    saveChanges: "Save changes",
    takeBack: "Take back",
    saved: "The review was saved.",
    takenBack: "The review was taken back.",
    reviewer: "Reviewer: ",
    unnamed: "without a name",
    /** @param {string} name */
    you: (name) => `${name} (you)`,
    change: "Change",
    all: "All reviews",
    /** @param {string} opinion */
    sees: (opinion) => `sees ${opinion}`,
    /** @param {string} finding @param {string} point */
    called: (finding, point) => `called ${finding} at ${point}`,
    blindly: "blind",

    blind: "Blind",
    blindTitle: "Blind reading: what the model says of a film is hidden until you have said what you see",
    blindOn: "Blind reading is on: what the model says of a film is hidden until you have said what you see.",
    blindOff: "Blind reading is off.",
    blindList:
      "Blind reading: the list shows no answers, and is neither narrowed nor put in order by them.",
    blindQuestion: "What do you see?",
    blindConsequence: "A choice is saved with the note, and shows what the model says.",
    blindSeen: "You have seen the answer of this film before, so this review does not count as blind.",
    blindNotKept: "The film was not kept here, and its heat would tell the answer: look at the film where you have it.",
    blindKeys: "What the model says is hidden: choose what you see.",
    /** @param {string} film */
    blindFilm: (film) => `${film}. What the model says is hidden.`,
    /** @param {string} opinion @param {string} finding @param {string} point */
    toldAgree: (opinion, finding, point) =>
      `You saw ${opinion}. At the operating point ${point} the model calls this film ${finding} too: you agree.`,
    /** @param {string} opinion @param {string} finding @param {string} point */
    toldDisagree: (opinion, finding, point) =>
      `You saw ${opinion}. At the operating point ${point} the model calls this film ${finding}: you disagree.`,
    /** @param {string} finding @param {string} point */
    toldUnsure: (finding, point) =>
      `You were unsure. At the operating point ${point} the model calls this film ${finding}.`,

    who: "Who reviews?",
    whoWhy: "Your name is kept in this browser and stored with your reviews, so that those of others stay beside them.",
    whoName: "Name",
    whoKeep: "Go on",
    whoNone: "Without a name",

    keyVerdicts: "agree, disagree, unsure: saves the review",
    keyNote: "write a note",
    keyClasses: "what you see, when reading blind",
  },
  reviewed: {
    title: "Reviewed films",
    open: "Reviewed films",
    close: "Close",
    model: "Model",
    none: "No film of this model is reviewed yet. What is needed: films on which somebody agrees, disagrees or says what is seen.",
    /** @param {number} number @param {string} films @param {string} decided */
    lead: (number, films, decided) =>
      `${films} ${number === 1 ? "film is" : "films are"} reviewed; of ${decided} a reviewer says what it is.`,
    few: "With so few films the intervals are wide. 100 films with a finding and 100 without narrow them to 10 points each way, or less.",
    meaning:
      "These are films that somebody chose to review, and no random sample: the figures hold for them, and not for films at large. Who has seen the answer tends to agree with it, so the figures of blind reviews are given apart. What a reviewer sees counts as the truth here, and may be wrong.",
    /** @param {string} point */
    point: (point) => `Operating point ${point}`,
    seen: "Reviewers see",
    /** @param {string} name */
    called: (name) => `called ${name}`,
    sensitivity: "Sensitivity",
    specificity: "Specificity",
    agreement: "Agreement",
    kappa: "Kappa",
    films: "Films",
    blind: "Blind reviews",
    blindNeeded: "None yet. What is needed: films reviewed while “Blind” is on, at the top of the page.",
    reviewers: "Reviewers",
    reviewer: "Reviewer",
    decided: "Said what it is",
    unnamed: "without a name",
    between: "Between reviewers",
    betweenNeeded: "None yet. What is needed: films that two reviewers have reviewed, each under a name.",
    unknown: "not known yet",
    noFinding: "not known: no reviewer sees a finding yet",
    noNormal: "not known: no reviewer sees a film without a finding yet",
    /** @param {string} films */
    ofFilms: (films) => `of ${films}`,
    /** @param {string} value @param {string} low @param {string} high */
    interval: (value, low, high) => `${value} (95 %: ${low} to ${high})`,
    save: "Save as CSV, by verdict:",
    verdicts: { agree: "agree", disagree: "disagree", unsure: "unsure" },
  },
  report: {
    button: "Report",
    print: "Print",
    back: "Back to the film",
    again: "Try again",
    failed: "The report did not come.",
    howToPrint: "Films print as reports: open the film, choose Report, and print from there.",
    title: (/** @type {string} */ digest) => `pneumoscope report ${digest}`,
    name: "pneumoscope: report of a chest film",
    notice: "Research software, not a medical device.",
    printed: (/** @type {string} */ version, /** @type {string} */ time) => `pneumoscope ${version}, ${time}`,
    digest: "SHA-256 of the film",
    read: "Read",
    sent: "Sent",
    by: "Sent by",
    nobody: "name not given",
    unreadable: "Could not be read",
    pictures: "The film and its heat",
    film: "The film",
    evidence: (/** @type {string} */ name) => `Evidence for ${name}`,
    none: "none",
    full: "full",
    course: "from clear through red to yellow",
    heat: "Colour shows where the film speaks for a finding, and how much. It is no outline of disease. Its scale is the same for all films of a model.",
    notKept: "The film is not shown: the service was told to keep none. Its heat stands alone.",
    answer: "The answer",
    point: (/** @type {string} */ name) => `Operating point ${name}`,
    reviews: "Reviews",
    verdicts: { agree: "Agree", disagree: "Disagree", unsure: "Unsure" },
    opinion: (/** @type {string} */ name) => `sees ${name}`,
    calledThen: (/** @type {string} */ name, /** @type {string} */ point) => `the model had called ${name} (${point})`,
    blind: "before the answer was shown",
    technical: "The film",
    pixels: "Pixels",
    size: (/** @type {string} */ width, /** @type {string} */ height, /** @type {string} */ format, /** @type {string} */ bits) =>
      `${width} × ${height}, ${format}, ${bits} bits`,
    levels: "Gray levels",
    frames: "Frames",
    firstOf: (/** @type {string} */ number) => `the first of ${number}`,
    taken: "Taken as",
    age: "Age",
    years: (/** @type {string} */ age) => `${age} years`,
    notes: "Notes",
    model: "Model",
    called: "Name",
    graph: "Digest",
    use: "Meant for",
    limits: "Limits",
    card: "Card",
    noCard: "not told: the service has this file of the model no more",
    signature: ["Name", "Signature", "Date"],
  },
};
