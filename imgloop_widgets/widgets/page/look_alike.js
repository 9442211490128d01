// The widget LookAlike: the look-alike task of one worker.

import { LoopPage } from "./loop_page.js";

export default {
  render({ model, el }) {
    const page = new LoopPage(model, el);
    return () => page.dispose();
  },
};
