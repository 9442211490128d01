// The widget Judge: the page of a rating study.

import { JudgePage } from "./judge_page.js";

export default {
  render({ model, el }) {
    const page = new JudgePage(model, el);
    return () => page.dispose();
  },
};
