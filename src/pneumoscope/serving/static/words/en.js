// @ts-check
/**
 * All that the page says, in English, by the part of the page that says it. Another language is
 * another file of this shape; `language.js` takes one of them. What needs figures or names is a
 * function of them; figures come as text, written as the reader's locale writes them.
 */
export const en = {
  page: {
    toTheFilm: "To the film",
    research: "Research software,",
    noDevice: "not a medical device",
    point: "Operating point",
    model: "Model",
    aboutModel: "About the model",
    help: "Help",
    helpTitle: "Help (?)",
    signOut: "Sign out",
    away: "The service does not answer. The page asks again every few seconds; nothing is lost.",
    signIn: "Sign in",
    signInWhy: "This service wants to know who asks. Whoever runs it makes tokens with",
    token: "Token",
    dropHere: "Drop chest films here",
    kinds: "or paste them. JPEG, PNG, TIFF, BMP, WebP and DICOM, whatever their names; several at once, or whole folders.",
    addFilms: "Add films",
    chooseFilms: "Choose films",
    chooseFolder: "Choose a folder",
    tryDrawn: "Try drawn films",
    use: "Meant for",
    limits: "Limits",
    films: "Films",
    folder: "A folder of films",
    filmsGo: "go to this service and nowhere else.",
    film: "Film",
    allFilms: "All films",
    before: "Before",
    next: "Next",
    dropToRead: "Drop to read",
    cancel: "Cancel",
    close: "Close",
    /** @param {string} point */
    calledAt: (point) => `Films are called at the operating point ${point}.`,
    noFilmCame: "The film did not come",
    again: "Try again",
    drawn: "Drawn films",
    /** @param {string} model */
    drawnBy: (model) => `The computer drew them, and the model ${model}, which knows nothing else, reads them.`,
    notYet: "Not yet",
    whoSends: "The service has to know who sends films.",
    signInFirst: "Sign in first.",
    passedOver: "Passed over",
    /** @param {string} count */
    hidden: (count) => (count === "1" ? "1 hidden file." : `${count} hidden files.`),
    back: "The service answers again.",
    /** @param {string} digest */
    graph: (digest) => `Graph ${digest}`,
  },
  help: {
    points:
      "The model gives each film a probability. Where it reaches the threshold of the operating point, the finding is called: “balanced” weighs missed findings and false alarms alike, “screening” calls more, so as to miss few.",
    colours:
      "Colour shows where the film speaks for a finding, and how much. It is no outline of disease. Its scale is the same for all films of a model. A high probability with hardly any colour, or none, is possible: the model starts each film with a probability of its own, to which faint signs all over add. The colours then do not tell where to look.",
    levels:
      "The gray levels are those that the model saw, until another window is chosen: drag with the right button, or with “Brightness and contrast” chosen. Up is brighter, right is softer.",
    lengths:
      "Lengths are as the film's file gives them: where nobody calibrated it, those on the detector, onto which a chest is projected a little larger than it is.",
    keys: "Keys",
    step: "next film, film before",
    heat: "heat on and off",
    closer: "closer, farther, whole film, pixel for pixel",
    dragging: "dragging moves, changes the window, measures lengths, measures angles",
    place: "turn right, mirror",
    invert: "dark for bright",
    full: "full screen, keep this film beside the next",
    frame: "on the film: move it, change its window, or move the cross with which Enter measures; Backspace takes back",
    find: "find by name",
    help: "this help",
    on: "Single keys do this",
  },
  sending: {
    title: "Films on their way",
    read: "Films read",
    stop: "Stop",
    dismiss: "Dismiss",
    again: "Try again",
    /** @param {string} films such as "2 films" */
    onTheWay: (films) => `${films} on the way.`,
    /** @param {string} done @param {string} films */
    progress: (done, films) => `${done} of ${films}`,
    /** @param {string} films */
    readOnes: (films) => `${films} read`,
    /** @param {string} films @param {string} known */
    readKnown: (films, known) => `${films} read, ${known} known from before`,
    all: "all",
    /** @param {string} count */
    unreadable: (count) => `${count} could not be read`,
    /** @param {string} count */
    notSent: (count) => `${count} not sent`,
    /** @param {string} count */
    more: (count) => (count === "1" ? "and 1 more film" : `and ${count} more films`),
    /** @param {string} more */
    moreKnown: (more) => `${more} known from before`,
    knownBefore: " was known from before",
    as: " as ",
    /** @param {string} share */
    sent: (share) => `${share} sent`,
    beingRead: "is being read",
    /** @param {string} why */
    waits: (why) => `waits for the service. ${why}`.trim(),
  },
  finding: {
    above: "above",
    below: "below",
    /** @param {string} side */
    just: (side) => `just ${side}`,
    /** @param {string} threshold @param {string} finding */
    but: (threshold, finding) => `${threshold}, but ${finding} is further above its own`,
    /** @param {string} name @param {string} figure @param {string} side @param {string} limit */
    short: (name, figure, side, limit) => `${name} ${figure}, ${side} ${limit}`,
    /** @param {string} side @param {string} limit */
    threshold: (side, limit) => `${side} the threshold of ${limit}`,
    /** @param {string} point @param {string} name @param {string} figure @param {string} threshold */
    called: (point, name, figure, threshold) =>
      `At the operating point ${point}, this film is called ${name}: the model gives ${name} a probability of ${figure}, ${threshold}.`,
    /** @param {string} point @param {string} finding @param {string} name @param {string} figure @param {string} threshold */
    calledOther: (point, finding, name, figure, threshold) =>
      `At the operating point ${point}, this film is called ${finding}: ${name} has a probability of ${figure}, ${threshold}.`,
    /** @param {string} name */
    nearest: (name) => `${name}, the finding nearest to being called,`,
    nearlyAll: "nearly all",
    hardlyAny: "hardly any",
    /** @param {string} number */
    about: (number) => `about ${number}`,
    /** @param {string} many @param {string} name */
    means: (many, name) =>
      `Of 100 films with this probability, ${many} are ${name}, if films are like those that the model was calibrated on.`,
    /** @param {string} many @param {string} name @param {string} share */
    meansAt: (many, name, share) =>
      `Of 100 films with this probability, ${many} are ${name}, if films are like those that the model was calibrated on and ${share} of them show a finding. Where findings are rarer, there are fewer.`,
    /** @param {string} name @param {string} share */
    faint: (name, share) =>
      `Hardly any colour speaks for ${name}: ${share} of full at most. The model starts each film with a probability of its own, to which faint signs all over add. The colours then do not tell where to look.`,
    or: " or ",
    /** @param {string} findings */
    notWell: (findings) =>
      `It does not say that the patient is well: the model looks for ${findings} and nothing else, and overlooks some of that.`,
    noDiagnosis:
      "It is not a diagnosis: the model has seen this film alone, and neither the patient nor earlier films; other things can look the same.",
    /** @param {string} why a sentence */
    mayBeWrong: (why) => `This answer may be wrong: ${why}`,
    /** @param {string} film @param {string} finding @param {string} reading */
    spoken: (film, finding, reading) => `${film}: ${finding}. ${reading}.`,
    /** @param {string} film @param {string} why */
    unreadable: (film, why) => `${film} could not be read: ${why}`,
    /** @param {string} name @param {string} figure @param {string} threshold */
    bar: (name, figure, threshold) => `${name} ${figure}, threshold ${threshold}`,
  },
  film: {
    notRead: "Could not be read",
    inWords: "In words",
    about: "Film and model",
    levels: "Gray levels",
    notes: "Notes",
    film: "Film",
    /** @param {string} size @param {string} format @param {string} bits */
    size: (size, format, bits) => `${size} pixels, ${format}, ${bits} bits`,
    frames: "Frames",
    /** @param {string} count */
    firstOf: (count) => `the first of ${count}`,
    taken: "Taken as",
    age: "Age",
    /** @param {string} count */
    years: (count) => `${count} years`,
    sent: "Sent",
    read: "Read",
    /** @param {string} when */
    knownBefore: (when) => `${when}, known from before`,
    by: "By",
    kept: "Kept",
    keptAs: {
      none: "the finding alone, not the film",
      stripped: "a copy without anything about persons",
      whole: "the whole file",
    },
    model: "Model",
    numbers: "Numbers",
    actions: "This film",
    picture: "Picture",
    remove: "Delete",
    /** @param {string} film */
    removeIt: (film) => `Delete ${film}?`,
    recordGoes: "Its record cannot be brought back.",
    bothGo: "Its record and the kept film cannot be brought back.",
    /** @param {string} film */
    removed: (film) => `${film} was deleted.`,
  },
  trouble: {
    something: "Something went wrong",
    /** @param {string} status */
    status: (status) => `The service answered with status ${status}.`,
    noAnswer: "The service does not answer.",
    otherAnswer: "Not an answer of the service",
    between: "Something between this page and the service answered in its place.",
    proxy: "A proxy may want you to sign in: load the page anew.",
    broke: "The connection broke off",
    didNotAnswer: "The service did not answer.",
    again: "Try again.",
    didNotGetThrough: "The service answers, but the film did not get through.",
    tooLarge: "It may be larger than the service, or a proxy before it, takes.",
    unreadableFile: "The file could not be read",
    movedFile: "It was moved or changed after it was chosen, or this browser may not read it.",
    chooseAgain: "Choose it again.",
    unreadableDrop: "What was dropped could not be read",
    chooseInstead: "Choose the files instead.",
    close: "Close",
  },
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
    opacityShort: "opacity",
    leastShort: "from",
    least: "Weakest evidence shown",
    /** @param {string} share */
    leastText: (share) => `from ${share} of full on`,
    dragging: "What dragging does",
    move: "Move",
    window: "Brightness and contrast",
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
    pinned: "Kept beside",
    pinnedHow: "Open another film: it comes to the right of this one.",
    lengths: "lengths as the film's file gives them: on the detector, unless somebody calibrated it",
    /** @param {string} what @param {string} key */
    withKey: (what, key) => `${what} (${key})`,
  },
  worklist: {
    title: "Films",
    /** @param {string} count */
    films: (count) => (count === "1" ? "1 film" : `${count} films`),
    saveAs: "Save these as",
    or: "or",
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
    allReviewed: "No film waits for a review. “Reviewed films” below tells how the model did.",
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
    blindSeen:
      "You have seen the answer of this film before, here or in the list, so this review does not count as blind. Switch to Blind before films are added or the list is opened.",
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
    /** @param {string} agreed @param {string} films @param {string} point */
    plainly: (agreed, films, point) => `The model agrees with its reviewers on ${agreed} of ${films}, at the operating point ${point}.`,
    /** @param {string} point */
    point: (point) => `Operating point ${point}`,
    seen: "Reviewers see",
    /** @param {string} name */
    called: (name) => `called ${name}`,
    sensitivity: "Sensitivity",
    specificity: "Specificity",
    agreement: "Agreement",
    kappa: "Kappa (agreement beyond chance: 0 none, 1 full)",
    films: "Films whose class was told",
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
