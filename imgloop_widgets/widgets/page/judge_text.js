// What the page of a rating study says.

export const JUDGE_TEXT = {
  loading: "Loading the task…",
  images: "The images to compare",
  target: "Target",
  prompt: "The prompt of this image",
  itemOf: (n, of) => `Item ${n} of ${of}`,
  progress: "How much is done",
  back: "Back",
  change: "Save the change",
  forward: "Leave it as it is",
  leave: "Finish now",
  leaveTitle: "Finish now?",
  leaveWarning: "What you rated so far is saved as it is; you can't come back to it.",
  leaveStay: "Keep rating",
};
