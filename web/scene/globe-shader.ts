/** The surface of the globe: day and night, relief, sun glint, haze towards the limb, a graticule that follows the zoom. */
export const globeVertex = /* glsl */ `
uniform vec3 eye;
varying vec3 point;
varying float rim;

/** position.x runs from the point below the eye to the horizon, position.y around it: all of the visible cap, and only that. */
void main() {
  vec3 up = normalize(eye);
  vec3 side = normalize(cross(up, abs(up.y) < 0.9 ? vec3(0.0, 1.0, 0.0) : vec3(1.0, 0.0, 0.0)));
  vec3 front = cross(up, side);
  float horizon = acos(1.0 / length(eye));
  float angle = position.x * horizon;
  point = cos(angle) * up + sin(angle) * (cos(position.y) * side + sin(position.y) * front);
  rim = position.x;
  gl_Position = projectionMatrix * viewMatrix * vec4(point, 1.0);
}
`

export const globeFragment = /* glsl */ `
uniform vec3 eye;
uniform vec3 sun;
uniform float light;
uniform float pixelAtOne;
uniform sampler2D dayMap;
uniform sampler2D nightMap;
uniform sampler2D reliefMap;
uniform float texturesShown;
uniform float nearness;
uniform sampler2D chartLand;
uniform sampler2D chartHalo;
uniform vec4 chartBox;
uniform float chartShown;
uniform vec2 gridDegrees;
uniform float gridBlend;
varying vec3 point;
varying float rim;

const float PI = 3.141592653589793;
const vec3 AIR = vec3(0.30, 0.56, 1.0);

vec3 linear(vec3 c) { return c * c * (c * 0.305306011 + 0.682171111) + c * 0.012522878; }
vec3 display(vec3 c) { return max(1.055 * pow(max(c, 0.0), vec3(0.416666667)) - 0.055, 0.0); }

float gridLine(vec2 degrees, float spacing, vec2 width) {
  vec2 cell = degrees / spacing;
  vec2 away = abs(fract(cell - 0.5) - 0.5) / (width / spacing);
  vec2 line = 1.0 - smoothstep(0.35, 1.15, away);
  // Meridians crowd together towards the poles.
  line.x *= smoothstep(0.25, 0.08, width.x / spacing);
  return max(line.x, line.y);
}

/** The normal, leant by the slope of the height map east and north. */
vec3 relieved(vec3 normal, vec2 uv, vec2 dx, vec2 dy) {
  vec2 texel = vec2(1.0 / 2048.0, 1.0 / 1024.0);
  float height = textureGrad(reliefMap, uv, dx, dy).r;
  vec2 slope = vec2(
    textureGrad(reliefMap, uv + vec2(texel.x, 0.0), dx, dy).r - height,
    textureGrad(reliefMap, uv + vec2(0.0, texel.y), dx, dy).r - height
  );
  vec3 east = normalize(vec3(normal.z, 0.0, -normal.x) + vec3(1e-6, 0.0, 0.0));
  vec3 north = cross(normal, east);
  return normalize(normal - (east * slope.x + north * slope.y) * 5.0);
}

void main() {
  vec3 normal = normalize(point);
  vec3 toEye = normalize(eye - point);
  float facing = max(dot(normal, toEye), 0.0);

  float lon = atan(normal.x, normal.z);
  float lat = asin(clamp(normal.y, -1.0, 1.0));
  vec2 uv = vec2(lon / (2.0 * PI) + 0.5, lat / PI + 0.5);
  // The same longitude cut elsewhere: whichever is continuous here has the smaller derivative, so no seam shows.
  float shifted = fract(uv.x + 0.5) - 0.5;
  vec2 dx = dFdx(uv);
  vec2 dy = dFdy(uv);
  vec2 cut = vec2(dFdx(shifted), dFdy(shifted));
  if (abs(cut.x) + abs(cut.y) < abs(dx.x) + abs(dy.x)) {
    dx.x = cut.x;
    dy.x = cut.y;
  }

  vec3 day = linear(textureGrad(dayMap, uv, dx, dy).rgb);
  vec3 bumped = nearness < 1.0 ? relieved(normal, uv, dx, dy) : normal;

  // The chart: land and sea to the shore's own line, within its box.
  vec2 chartUv = vec2(mod(lon - chartBox.x + PI, 2.0 * PI) - PI, lat - chartBox.y) / chartBox.zw * 0.5 + 0.5;
  vec2 margin = smoothstep(vec2(0.0), vec2(0.10), chartUv) * smoothstep(vec2(0.0), vec2(0.10), 1.0 - chartUv);
  float charted = chartShown * margin.x * margin.y * smoothstep(0.0, 0.30, nearness);
  vec2 toChart = vec2(PI, PI * 0.5) / chartBox.zw;
  float land = textureGrad(chartLand, chartUv, dx * toChart, dy * toChart).r;
  float halo = textureLod(chartHalo, chartUv, 0.0).r;
  float landEdge = max(fwidth(land), 1e-4);
  float shore = (1.0 - smoothstep(0.4, 1.3, abs(land - 0.5) / landEdge)) * step(0.004, landEdge) * charted;
  land = smoothstep(-0.6, 0.6, (land - 0.5) / landEdge);

  // Sea: the blue of the picture, darkened to a calm deep tone; land keeps its colours until they are too coarse to show.
  float pictureSea = smoothstep(0.10, 0.34, (day.b - max(day.r, day.g)) / (day.b + 0.003));
  float sea = mix(pictureSea, 1.0 - land, charted);
  float depth = mix(clamp(day.b * 2.2, 0.0, 1.0), 0.30 + 0.70 * smoothstep(0.0, 0.5, halo), charted);
  vec3 seaDark = mix(vec3(0.006, 0.020, 0.052), vec3(0.014, 0.060, 0.108), depth);
  vec3 seaLight = mix(vec3(0.42, 0.62, 0.79), vec3(0.60, 0.79, 0.90), depth);
  float luma = dot(day, vec3(0.2126, 0.7152, 0.0722));
  float plain = max(charted * pictureSea, chartShown * nearness * 0.92);
  vec3 landDark = mix(mix(vec3(luma), day, 1.05) * 1.45 + vec3(0.004, 0.006, 0.008), vec3(0.027, 0.038, 0.043), plain);
  vec3 landLight = mix(vec3(0.62, 0.64, 0.56), mix(vec3(luma), day, 0.9) * 3.0 + 0.16, 0.62);
  landLight = mix(landLight, vec3(0.90, 0.89, 0.84), plain);
  vec3 base = mix(mix(landDark, seaDark, sea), mix(landLight, seaLight, sea), light);
  base = mix(mix(vec3(0.010, 0.030, 0.066), vec3(0.42, 0.62, 0.79), light), base, texturesShown);

  vec3 sunny = mix(sun, normalize(eye + vec3(0.0, length(eye) * 0.5, 0.0)), light);
  float incidence = dot(normal, sunny);
  float lit = mix(smoothstep(-0.10, 0.26, incidence), 1.0, light);
  float shade = max(dot(bumped, sunny), 0.0);
  float relief = mix(0.62 + 0.72 * shade, 0.80 + 0.22 * shade + (dot(bumped, sunny) - incidence) * 1.2, light);
  relief = mix(relief, 1.0, nearness);

  vec3 halfway = normalize(sunny + toEye);
  float glint = pow(max(dot(normal, halfway), 0.0), 60.0) * sea * 0.22 * (1.0 - light) * (1.0 - nearness);

  vec3 night = lit < 1.0 ? linear(textureGrad(nightMap, uv, dx, dy).rgb) : vec3(0.0);
  vec3 lamps = max(night - vec3(0.012, 0.020, 0.045), 0.0);
  float lampLuma = dot(lamps, vec3(0.4, 0.4, 0.2)) * mix(1.0, 0.06 * land, charted * nearness);
  vec3 nightSide = base * mix(vec3(0.07, 0.10, 0.17), vec3(0.55, 0.60, 0.72), nearness) + vec3(0.002, 0.004, 0.010)
    + mix(vec3(1.0, 0.62, 0.28), vec3(1.0, 0.86, 0.62), clamp(lampLuma * 3.0, 0.0, 1.0)) * lampLuma * 2.2 * texturesShown;
  vec3 colour = mix(nightSide, base * relief, lit) + glint * lit * vec3(1.0, 0.92, 0.80);
  colour = mix(colour, mix(vec3(0.10, 0.30, 0.44), vec3(0.25, 0.42, 0.55), light), shore * mix(0.65, 0.8, light));

  // A warm band where the sun rises and sets.
  float dusk = exp(-pow((incidence - 0.03) / 0.09, 2.0)) * (1.0 - light) * (1.0 - nearness);
  colour += dusk * vec3(0.050, 0.020, 0.006) * (0.12 + luma * 5.0);

  // Air: thicker towards the limb.
  float air = pow(1.0 - facing, 3.2);
  vec3 airColour = mix(AIR * (0.05 + 0.75 * lit), vec3(0.82, 0.90, 0.98), light);
  colour = mix(colour, airColour, air * mix(0.72, 0.85, light));

  vec2 degrees = vec2(lon, lat) * (180.0 / PI);
  vec2 width = max(vec2(abs(dx.x) + abs(dy.x), abs(dx.y) + abs(dy.y)) * vec2(360.0, 180.0), 1e-7);
  float grid = max(gridLine(degrees, gridDegrees.x, width), gridLine(degrees, gridDegrees.y, width) * gridBlend);
  vec3 gridColour = mix(vec3(0.42, 0.62, 0.92), vec3(0.10, 0.22, 0.36), light);
  colour = mix(colour, gridColour, grid * mix(0.055, 0.042, nearness) * smoothstep(0.05, 0.4, facing));

  // The rim is the horizon itself: it melts into the air behind it over two pixels.
  float edge = smoothstep(1.0, 1.0 - 2.5 * fwidth(rim), rim);
  gl_FragColor = vec4(display(colour), edge);
}
`
