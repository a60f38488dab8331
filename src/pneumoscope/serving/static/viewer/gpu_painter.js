// @ts-check
/** Painting a film by the graphics processor (WebGL 2). */

/** @import { Matrix } from "./placement.js" */
/** @import { FilmValues } from "./values.js" */

const CORNERS = `#version 300 es
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4(4.0 * corner - 1.0, 0.0, 1.0);
}`;

// As `canvas_painter.js` does it: gray levels first, and between the four nearest of those.
const PIXELS = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform usampler2D film;
uniform sampler2D gray;
uniform mat3 toFilm;
uniform float height;
out vec4 colour;

float levelAt(ivec2 place) {
  uint value = texelFetch(film, clamp(place, ivec2(0), textureSize(film, 0) - 1), 0).r;
  return texelFetch(gray, ivec2(value & 255u, value >> 8u), 0).r;
}

void main() {
  vec2 place = (toFilm * vec3(gl_FragCoord.x, height - gl_FragCoord.y, 1.0)).xy;
  vec2 size = vec2(textureSize(film, 0));
  colour = vec4(0.0, 0.0, 0.0, 1.0);
  if (any(lessThan(place, vec2(0.0))) || any(greaterThanEqual(place, size))) return;
  vec2 from = floor(place - 0.5);
  vec2 part = place - 0.5 - from;
  ivec2 corner = ivec2(from);
  float over = mix(levelAt(corner), levelAt(corner + ivec2(1, 0)), part.x);
  float under = mix(levelAt(corner + ivec2(0, 1)), levelAt(corner + ivec2(1, 1)), part.x);
  colour.rgb = vec3(mix(over, under, part.y));
}`;

const SIDE = 256; // of the square that the gray levels of 65,536 values lie in

// Where the processor does the work of a graphics processor, `canvas_painter.js` is eight times as
// fast, and browsers do not always count that as a caveat.
const PRETENDED = /SwiftShader|llvmpipe|softpipe|software|Basic Render/i;

/** Paints a film on a canvas. */
export class GpuPainter {
  #canvas;
  #gl;
  #program;
  /** @type {FilmValues[]} */
  #pyramid = [];
  /** Of the sizes that were painted. @type {(WebGLTexture | undefined)[]} */
  #textures = [];

  /**
   * Raises where the browser has no WebGL 2.
   *
   * @param {HTMLCanvasElement} canvas
   * @param {{slow?: boolean}} [allowed] `slow`: where the browser only pretends to have a graphics
   * processor, it is used all the same
   */
  constructor(canvas, { slow = false } = {}) {
    const gl = canvas.getContext("webgl2", {
      alpha: false,
      antialias: false,
      depth: false,
      failIfMajorPerformanceCaveat: !slow,
    });
    if (!gl) throw new Error("this browser has no WebGL 2");
    if (!slow && PRETENDED.test(rendererOf(gl))) {
      gl.getExtension("WEBGL_lose_context")?.loseContext(); // there are only so many
      throw new Error("the graphics processor is pretended");
    }
    this.#canvas = canvas;
    this.#gl = gl;
    this.#program = programOf(gl);
    gl.useProgram(this.#program);
    gl.uniform1i(gl.getUniformLocation(this.#program, "film"), 0);
    gl.uniform1i(gl.getUniformLocation(this.#program, "gray"), 1);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.activeTexture(gl.TEXTURE1);
    newTexture(gl);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R8, SIDE, SIDE);
  }

  /** How long a film's sides may be. */
  get longest() {
    return this.#gl.getParameter(this.#gl.MAX_TEXTURE_SIZE);
  }

  /** What is painted from now on: a film in several sizes; none gives memory back.
   * @param {FilmValues[]} pyramid */
  take(pyramid) {
    for (const texture of this.#textures) this.#gl.deleteTexture(texture ?? null);
    this.#textures = [];
    this.#pyramid = pyramid;
    if (!pyramid.length) this.#gl.clear(this.#gl.COLOR_BUFFER_BIT);
  }

  /** @param {Uint8Array} gray the gray level of each value */
  colour(gray) {
    const gl = this.#gl;
    const square = new Uint8Array(SIDE * SIDE);
    square.set(gray);
    gl.activeTexture(gl.TEXTURE1);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, SIDE, SIDE, gl.RED, gl.UNSIGNED_BYTE, square);
  }

  /** Give everything back; nothing can be painted any more. */
  free() {
    this.take([]);
    this.#gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  /** @param {number} which of the sizes @param {Matrix} matrix from its pixels to those of the
   * canvas */
  paint(which, [a, b, c, d, e, f]) {
    const gl = this.#gl;
    gl.activeTexture(gl.TEXTURE0);
    this.#textures[which] ??= this.#textureOf(this.#pyramid[which]);
    gl.bindTexture(gl.TEXTURE_2D, this.#textures[which]);
    const { width, height } = this.#canvas;
    const size = a * d - b * c;
    // Column by column.
    const toFilm = [d, -b, 0, -c, a, 0, c * f - d * e, b * e - a * f, size].map((part) => part / size);
    gl.viewport(0, 0, width, height);
    gl.uniformMatrix3fv(gl.getUniformLocation(this.#program, "toFilm"), false, toFilm);
    gl.uniform1f(gl.getUniformLocation(this.#program, "height"), height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** Not before it is painted: most films are never looked at in their full size.
   * @param {FilmValues} film */
  #textureOf({ values, width, height }) {
    const gl = this.#gl;
    const texture = newTexture(gl);
    const [inside, type] =
      values instanceof Uint8Array ? [gl.R8UI, gl.UNSIGNED_BYTE] : [gl.R16UI, gl.UNSIGNED_SHORT];
    gl.texImage2D(gl.TEXTURE_2D, 0, inside, width, height, 0, gl.RED_INTEGER, type, values);
    return texture;
  }
}

/** @param {WebGL2RenderingContext} gl @returns {string} */
function rendererOf(gl) {
  const told = gl.getExtension("WEBGL_debug_renderer_info");
  return String(gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}

/** @param {WebGL2RenderingContext} gl */
function programOf(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of /** @type {[number, string][]} */ ([
    [gl.VERTEX_SHADER, CORNERS],
    [gl.FRAGMENT_SHADER, PIXELS],
  ])) {
    const shader = gl.createShader(kind);
    if (!shader) throw new Error("the graphics processor is away");
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new Error(`the graphics processor refuses: ${gl.getProgramInfoLog(program)}`);
  }
  return program;
}

/** @param {WebGL2RenderingContext} gl */
function newTexture(gl) {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  return texture;
}
