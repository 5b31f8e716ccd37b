// Constraints with a number alone on their right side: what stands left, the relation, the number.
export const LIMITED = /^([^<>=!]+)(<=|>=|==)\s*([-+]?[\d.]+(?:e[-+]?\d+)?)\s*$/i;
