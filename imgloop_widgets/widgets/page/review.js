// The widget Review: finished units, for those who decide about them.

import { ReviewPage } from "./review_page.js";

export default {
  render({ model, el }) {
    const page = new ReviewPage(model, el);
    return () => page.dispose();
  },
};
