// What the theme leaves unsaid to those who listen to a page.
document.querySelector('.md-search')?.setAttribute('aria-label', 'Search');
