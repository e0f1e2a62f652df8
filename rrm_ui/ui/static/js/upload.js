// Gradio's place for a file, in its reader's language: its own names for it, and what it refuses, are English everywhere.

/** Why a file is not taken, as a message; null if it is. `input` says which kinds are. */
function fileRefusal({ name, size }, input) {
  const kinds = input.accept.split(",").map((kind) => kind.trim());
  if (!kinds.some((kind) => name.toLowerCase().endsWith(kind))) {
    return { key: "file_kind", values: { name, kinds: joined("listed", kinds) } };
  }
  const most = window.gradio_config?.max_file_size ?? Infinity;
  const megabytes = (bytes) => Math.ceil(bytes / 2 ** 20);
  return size > most ? { key: "file_size", values: { name, size: megabytes(size), most: megabytes(most) } } : null;
}

/** Keep from Gradio what it would refuse, and tell why. */
function refuseFile(event) {
  const place = event.target.closest?.("#file .upload-container");
  const input = place?.querySelector("input[type=file]");
  const file = (event.dataTransfer ?? input)?.files?.[0];
  const refusal = input && file && fileRefusal(file, input);
  if (!refusal) return;
  event.preventDefault(); // the browser would open what is dropped
  event.stopImmediatePropagation();
  if (event.type === "drop") place.dispatchEvent(new Event("dragleave"));
  input.value = "";
  tellFileProblem(refusal);
}

function nameUpload() {
  for (const part of document.querySelectorAll("#file .upload-container, #file input[type=file]"))
    setAttribute(part, "aria-label", t("upload"));
  const clear = document.querySelector("#file .icon-button"); // Gradio leaves it in the language that it was made in
  if (clear) for (const name of ["aria-label", "title"]) setAttribute(clear, name, t("clear"));
}

/** Name the place for a file whenever Gradio makes it anew within `page`. */
function watchUpload(page) {
  for (const type of ["change", "drop"]) document.addEventListener(type, refuseFile, true);
  new MutationObserver(nameUpload).observe(page, { childList: true, subtree: true });
  onLanguage(nameUpload);
  nameUpload();
}
