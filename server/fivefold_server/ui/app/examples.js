// The repository's own examples, to begin with.
export const EXAMPLES = [
  { file: "bakery", title: "Bakery", about: "How many trays of each bread? Whole numbers, flour and oven time." },
  { file: "transport", title: "Spring water", about: "Which spring delivers to which town? A table of costs." },
  { file: "staffing", title: "Shifts", about: "How many people start on each day of the week?" },
];

export async function exampleText(file) {
  const answer = await fetch(`/static/examples/${file}.txt`);
  if (!answer.ok) throw new Error("the example cannot be loaded");
  return answer.text();
}
