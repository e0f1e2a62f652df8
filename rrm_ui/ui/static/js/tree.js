// A report comes as data (tag, attributes, children) and is built node by node: its texts are never parsed.

const TREE_TAGS = new Set(
  (
    "article section header div span p h1 h2 h3 b strong em bdi br dl dt dd ul li table thead tbody tr th td " +
    "details summary figure figcaption button svg g title desc path line circle rect text"
  ).split(" "),
);
const TREE_ATTRIBUTE =
  /^(class|id|title|lang|dir|open|scope|tabindex|type|role|viewBox|width|height|d|x|y|r|cx|cy|x1|x2|y1|y2|text-anchor|aria-[a-z]+|data-[a-z]+)$/;

/** Build the nodes of `tree`; anything that no report of ours holds is refused. */
function buildTree(tree, inPicture = false) {
  if (typeof tree === "string") return document.createTextNode(tree);
  const [tag, attributes, ...children] = tree;
  if (!TREE_TAGS.has(tag)) throw new Error(`a report holds no <${tag}>`);
  const picture = inPicture || tag === "svg";
  const element = picture ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (!TREE_ATTRIBUTE.test(name)) throw new Error(`a report holds no attribute ${name}`);
    element.setAttribute(name, value);
  }
  element.append(...children.map((child) => buildTree(child, picture)));
  return element;
}
