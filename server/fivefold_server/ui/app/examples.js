// Problems to begin with, one of each kind that people often have.
export const EXAMPLES = [
  { file: "bakery", title: "Bakery", about: "How many trays of each bread? Whole numbers, flour and oven time." },
  { file: "transport", title: "Spring water", about: "Which spring delivers to which town? A table of costs." },
  { file: "staffing", title: "Shifts", about: "How many people start on each day of the week?" },
  { file: "loading", title: "Loading a van", about: "Which crates come along? Yes or no, with weight and room." },
  { file: "blending", title: "Horse feed", about: "How much of each grain? The cheapest mix that is good enough." },
  { file: "orders", title: "One press, four orders", about: "When does each order start? One at a time, as few hours late as possible." },
];

export async function exampleText(file) {
  const answer = await fetch(`/static/examples/${file}.txt`);
  if (!answer.ok) throw new Error("the example cannot be loaded");
  return answer.text();
}
