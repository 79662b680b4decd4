// The box above a backend's servers checks or clears all of theirs.
for (const all of document.querySelectorAll('input[data-all]')) {
  all.addEventListener('change', () => {
    for (const box of all.form.querySelectorAll('input[name="s"]')) box.checked = all.checked;
  });
}
