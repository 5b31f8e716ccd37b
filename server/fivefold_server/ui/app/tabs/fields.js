// What can be edited of each element, and how it goes from text in a form to data and back.
const SENSES = [["maximize", "maximize"], ["minimize", "minimize"], ["satisfy", "any feasible point"]];
const DOMAINS = [["continuous", "any number"], ["integer", "whole numbers"], ["binary", "0 or 1"]];
const text = { read: (value) => value ?? "", write: (value) => value };
const orNone = { read: (value) => value ?? "", write: (value) => value.trim() || null };
const limit = { read: (value) => (value === null || value === undefined ? "" : String(value)), write: (value) => (value.trim() === "" ? null : Number.isFinite(Number(value)) ? Number(value) : value.trim()) };
const list = { read: (value) => (value || []).join("; "), write: (value) => value.split(";").map((one) => one.trim()).filter(Boolean) };
const data = {
  read: (value) => (value === null || value === undefined ? "" : JSON.stringify(value)),
  write: (value) => {
    if (!value.trim()) return null;
    try {
      return JSON.parse(value);
    } catch {
      throw new Error("The values are no JSON: write a number, [1, 2, 3] or {\"a\": 1}.");
    }
  },
};

const description = { name: "description", label: "Meaning", ...text };
const unit = { name: "unit", label: "Unit", ...text };
const index = { name: "index", label: "Index ranges", hint: "such as i in I; several with a semicolon between", ...list };

export const FIELDS = {
  sets: [description, { name: "elements", label: "Elements", kind: "area", hint: "such as [\"a\", \"b\"]", ...data }, { name: "expression", label: "or computed", hint: "such as range(1, 13)", ...orNone }, index],
  parameters: [description, { name: "values", label: "Values", kind: "area", hint: "a number, a list in the order of the set, or {\"a\": 1}", ...data }, { name: "expression", label: "or computed", ...orNone }, index, unit],
  variables: [description, { name: "domain", label: "May be", kind: DOMAINS, start: "continuous", ...text }, { name: "lower", label: "At least", hint: "-inf for no limit", start: "0", ...limit }, { name: "upper", label: "At most", hint: "empty for no limit", ...limit }, index, unit],
  objective: [{ name: "sense", label: "Which way is better", kind: SENSES, ...text }, { name: "expression", label: "Expression", kind: "area", ...text }, description, unit],
  constraints: [{ name: "expression", label: "Expression", kind: "area", hint: "with <=, >= or ==", ...text }, description, { name: "forall", label: "For all", hint: "such as t in T; several with a semicolon between", ...list }],
  assumptions: [{ name: "text", label: "Assumption", kind: "area", ...text }, { name: "reason", label: "Why", ...text }],
};

/** The texts of a form to begin with. */
export function textsOf(section, element) {
  return Object.fromEntries(FIELDS[section].map((field) => [field.name, element ? field.read(element[field.name]) : field.start || ""]));
}

/** Only the fields whose text differs, as data: an edit leaves all others as they are. */
export function changedFields(section, before, texts) {
  const changed = FIELDS[section].filter((field) => texts[field.name] !== before[field.name]);
  return Object.fromEntries(changed.map((field) => [field.name, field.write(texts[field.name])]));
}
