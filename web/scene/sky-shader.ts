/** The air around the globe, drawn behind it over the whole picture, and the stars. */
export const skyVertex = /* glsl */ `
uniform vec3 rightHalf;
uniform vec3 upHalf;
uniform vec3 middle;
varying vec3 ray;

void main() {
  ray = middle + rightHalf * position.x + upHalf * position.y;
  gl_Position = vec4(position.xy, 0.0, 1.0);
}
`

export const skyFragment = /* glsl */ `
uniform vec3 eye;
uniform vec3 sun;
uniform float light;
varying vec3 ray;

void main() {
  vec3 direction = normalize(ray);
  // How far above the ground the line of sight passes, in earth radii; what lies behind the eye does not count.
  float along = max(-dot(eye, direction), 0.0);
  vec3 nearest = eye + direction * along;
  float above = max(length(nearest) - 1.0, 0.0);
  float distance = length(eye) - 1.0;

  // The shell of air looks thicker from afar than it is, or nobody would see it.
  float scale = mix(0.006, 0.030, smoothstep(0.02, 1.2, distance));
  float thin = exp(-above / scale);
  float wide = exp(-above / (scale * 4.5));
  float day = smoothstep(-0.35, 0.55, dot(normalize(nearest), sun));

  vec3 space = mix(vec3(0.010, 0.014, 0.026), vec3(0.018, 0.026, 0.046), 0.5 + 0.5 * direction.y);
  vec3 glow = vec3(0.22, 0.50, 1.0) * (thin * 0.80 + wide * 0.26) * (0.16 + 0.84 * day);
  glow += vec3(1.0, 0.45, 0.18) * thin * 0.22 * exp(-pow((dot(normalize(nearest), sun) - 0.0) / 0.16, 2.0));
  vec3 dark = space + glow;

  vec3 paper = mix(vec3(0.80, 0.87, 0.94), vec3(0.93, 0.96, 0.985), smoothstep(-0.4, 0.5, direction.y));
  vec3 bright = mix(paper, vec3(1.0), clamp(thin * 0.75 + wide * 0.35, 0.0, 1.0));
  // A dither of less than one step of colour, so that wide gradients show no bands.
  float dither = fract(sin(dot(gl_FragCoord.xy, vec2(12.9898, 78.233))) * 43758.5453) / 255.0 - 0.5 / 255.0;
  gl_FragColor = vec4(mix(dark, bright, light) + dither, 1.0);
}
`

export const starVertex = /* glsl */ `
attribute float magnitude;
uniform float light;
uniform float pixelRatio;
uniform vec3 eye;
varying vec3 colour;

void main() {
  vec4 clip = projectionMatrix * vec4(mat3(viewMatrix) * position, 1.0);
  gl_Position = vec4(clip.xy, clip.w, clip.w);
  gl_PointSize = mix(1.1, 2.6, magnitude * magnitude) * pixelRatio;
  float warmth = fract(magnitude * 91.7);
  colour = mix(vec3(0.72, 0.82, 1.0), vec3(1.0, 0.90, 0.78), warmth) * mix(0.18, 0.95, magnitude * magnitude * magnitude) * (1.0 - light);
}
`

export const starFragment = /* glsl */ `
varying vec3 colour;

void main() {
  float away = length(gl_PointCoord - 0.5) * 2.0;
  gl_FragColor = vec4(colour * smoothstep(1.0, 0.2, away), 1.0);
}
`
