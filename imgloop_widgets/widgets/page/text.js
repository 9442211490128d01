// What the page says by itself, outside of the loop. What is wrong with an answer is in the kernel's `words`.

export const TEXT = {
  loading: "Loading the form…",
  instruction: "Instructions",
  required: "Fields marked * are required.",
  requiredChoice: "(required)",
  choose: "Please choose",
  about: (label) => `What is meant by ${label}`,
  thisButton: "this button",
  sent: "Sent",
  noAnswer: "no answer",
  withheld: "not shown",
  close: "Close",
  enlarge: "Enlarge",
  counter: (n, { min, max }) => {
    if (min && max) return `${n} / ${min}–${max} characters`;
    if (min) return `${n} / at least ${min} characters`;
    return max ? `${n} / at most ${max} characters` : `${n} characters`;
  },
  tooShort: (missing) => `${missing} more needed`,
  tooLong: (over) => `${over} too many`,
  submit: "Submit",
  sending: "Sending…",
  thanks: "Sent, thank you!",
  yourAnswers: "These are your answers. They can no longer be changed.",
  problems: (n) => (n === 1 ? "Please look at one answer:" : `Please look at ${n} answers:`),
  onItsWay: "This file is still on its way; please wait a moment.",
  added: "There are more questions now.",
  noReply: "There was no reply. Nothing is lost; please press the button again.",
  lost: "Connection lost. What you have typed is kept. Trying to reconnect…",
  kernelSilent: "The notebook's kernel does not answer; run the cell again.",
  reloading: "The server is back. Loading the page again…",
  back: "Connected again.",
  lostReason: "Not possible without a connection; it comes back by itself.",
};
