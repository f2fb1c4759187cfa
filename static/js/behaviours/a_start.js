// Marks that scripts run, so that what needs them can show itself. Nothing else on a page needs them.
document.documentElement.classList.add("js");
