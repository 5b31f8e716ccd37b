// Preact, its hooks and htm, joined in one place; every text that is put into a template becomes text, never HTML.
import { Fragment, h, render } from "../vendor/preact/preact.js";
import htm from "../vendor/htm/htm.js";

export { Fragment, render };
export { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact/hooks.js";
export const html = htm.bind(h);
