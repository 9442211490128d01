// What the page says before and after the loop.

export const STEP_TEXT = {
  declineTitle: "Not take part?",
  declineWarning: "You don't have to take part. The task ends here, and you can't come back to it.",
  declineStay: "Go back",
  declineLeave: "I do not take part",
};
