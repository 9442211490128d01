// The widget LookAlike: the session of one worker, page after page.

import { SessionPages } from "./session_pages.js";

export default {
  render({ model, el }) {
    const pages = new SessionPages(model, el);
    return () => pages.dispose();
  },
};
