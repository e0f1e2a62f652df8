// Which data was chosen on the Evaluate page outlives a reload of its tab: what is set there must not run over other data.

const CHOSEN_DRAFT = "evaluate-data";
const UNCHANGED = { __type__: "update" }; // leaves one of Gradio's components as it is
let chosenData = null; // what data, file, columns and limit stand at, once one of them has changed
let fileProblem = null; // why the file that was chosen is none, as a message
let askForFiles; // called by the preview with its server, which keeps a file for a day
const filesServer = new Promise((resolve) => (askForFiles = resolve));

/** Gradio tells what its components hold whenever one of them changes; nothing on the page names the data's key. */
function keepChosen(data, file, columns, limit) {
  chosenData = { data, file, columns, limit };
  if (file || data !== "file") fileProblem = null;
}

function tellFileProblem(problem) {
  fileProblem = problem;
  redrawPreview();
}

/** What all four shall stand at on a page that was loaded anew; whoever chooses something meanwhile was first. */
async function restoreChosen() {
  const left = readDraft(CHOSEN_DRAFT);
  keepDraft(CHOSEN_DRAFT, () => chosenData ?? left);
  if (!left) return Array(4).fill(UNCHANGED);
  const { there } = left.file ? await (await filesServer).has_file(left.file.path) : {};
  if (chosenData) return Array(4).fill(UNCHANGED);
  if (left.file && !there) fileProblem = { key: "file_gone", values: {} };
  return [left.data, there ? left.file : null, left.columns ?? "", left.limit ?? 0];
}
