// The widget Form: a form alone.

import { FormPage } from "./form_page.js";

export default {
  render({ model, el }) {
    const page = new FormPage(model, el);
    return () => page.dispose();
  },
};
