// The widget Monitor: a study that goes on, for its researcher.

import { MonitorPage } from "./monitor_page.js";

export default {
  render({ model, el }) {
    const page = new MonitorPage(model, el);
    return () => page.dispose();
  },
};
