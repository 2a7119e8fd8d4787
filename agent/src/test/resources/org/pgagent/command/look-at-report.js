// What a person would see of the page: what is wrong with it, one line each.
(() => {
  const wrong = [];
  const visible = element => element.checkVisibility() && !element.closest('defs');
  const box = element => element.getBoundingClientRect();
  const name = element => `${element.tagName} '${element.textContent.trim().slice(0, 40)}'`;
  const width = document.documentElement.clientWidth;

  if (document.documentElement.scrollWidth > width) {
    wrong.push(`the page is ${document.documentElement.scrollWidth} wide in a window of ${width}`);
  }

  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (walk.currentNode.data.trim() && visible(parent) && !parent.closest('title, desc, thead, svg')) {
      const range = document.createRange();
      range.selectNodeContents(walk.currentNode);
      for (const rect of range.getClientRects()) {
        texts.push({ element: parent, rect });
      }
    }
  }
  const drawings = [...document.querySelectorAll('svg.drawing')].filter(visible);
  for (const drawing of drawings) {
    const frame = box(drawing);
    for (const shape of [...drawing.querySelectorAll('rect, path, circle, text')].filter(visible)) {
      const own = box(shape);
      if (own.left < frame.left - 1 || own.right > frame.right + 1 || own.top < frame.top - 1 || own.bottom > frame.bottom + 1) {
        wrong.push(`${name(shape)} of class ${shape.getAttribute('class')} is outside of its drawing`);
      }
    }
    for (const text of drawing.querySelectorAll('text')) {
      texts.push({ element: text, rect: box(text) });
      if (box(text).height < 8.5) {
        wrong.push(`${name(text)} is too small to be read`);
      }
    }
  }

  texts.forEach((one, index) => {
    if (one.rect.left < -0.5 || one.rect.right > width + 0.5) {
      wrong.push(`${name(one.element)} is cut off at the window's edge`);
    }
    for (const other of texts.slice(index + 1, index + 400)) {
      const across = Math.min(one.rect.right, other.rect.right) - Math.max(one.rect.left, other.rect.left);
      const down = Math.min(one.rect.bottom, other.rect.bottom) - Math.max(one.rect.top, other.rect.top);
      if (across > 1 && down > 3) {
        wrong.push(`${name(one.element)} and ${name(other.element)} lie over each other`);
      }
    }
  });

  const colour = text => (text.match(/[\d.]+/g) || []).map(Number);
  const light = rgb => {
    const [r, g, b] = rgb.map(value => value / 255).map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const painted = colour(getComputedStyle(at).backgroundColor);
      if (painted.length === 3 || painted[3] === 1) {
        return painted.slice(0, 3);
      }
    }
    return [255, 255, 255];
  };
  for (const { element } of texts) {
    const style = getComputedStyle(element);
    const inSvg = element.tagName === 'text';
    const behind = element.classList.contains('number') && inSvg
      ? colour(getComputedStyle(element.previousElementSibling).fill)
      : ground(element);
    const [one, other] = [light(colour(inSvg ? style.fill : style.color)), light(behind)];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) {
      wrong.push(`${name(element)} has a contrast of ${contrast.toFixed(2)}`);
    }
  }
  return {
    wrong: [...new Set(wrong)].slice(0, 30),
    drawings: drawings.length,
    texts: texts.length,
    marks: drawings.reduce((sum, drawing) => sum + drawing.querySelectorAll('.mark').length, 0),
  };
})()
