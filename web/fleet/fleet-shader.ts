import { EARLIEST_SECONDS, EASE_SECONDS, HORIZON_SECONDS, TEXELS_PER_AIRCRAFT, TEXTURE_WIDTH } from './layout.ts'

const float = (value: number): string => value.toFixed(6)

/** `reckon` of motion.ts for vertex shaders: the same equation over the same texels. */
export const fleetShader = /* glsl */ `
uniform highp sampler2D fleet;
uniform float now;

const float EARTH_RADIUS_M = 6371008.8;

struct Aircraft {
  bool present;
  bool onGround;
  bool hasCourse;
  bool emergency;
  vec3 direction;
  vec3 course;
  float altitude;
  float fixAge;
  float shownFor;
};

vec4 fleetTexel(int slot, int index) {
  int texel = slot * ${TEXELS_PER_AIRCRAFT} + index;
  return texelFetch(fleet, ivec2(texel % ${TEXTURE_WIDTH}, texel / ${TEXTURE_WIDTH}), 0);
}

Aircraft reckon(int slot) {
  vec4 fix = fleetTexel(slot, 0);
  vec4 course = fleetTexel(slot, 1);
  vec4 offset = fleetTexel(slot, 2);
  vec4 climb = fleetTexel(slot, 3);
  vec4 tag = fleetTexel(slot, 4);
  int state = int(tag.z);

  float elapsed = clamp(now - fix.w, ${float(EARLIEST_SECONDS)}, ${float(HORIZON_SECONDS)});
  float angle = course.w * elapsed;
  vec3 ahead = fix.xyz * cos(angle) + course.xyz * sin(angle);
  vec3 along = course.xyz * cos(angle) - fix.xyz * sin(angle);
  float left = exp(-max(0.0, now - offset.w) / ${float(EASE_SECONDS)});

  Aircraft a;
  a.present = (state & 1) != 0;
  a.onGround = (state & 2) != 0;
  a.hasCourse = (state & 4) != 0;
  a.emergency = (state & 8) != 0;
  a.direction = normalize(ahead + offset.xyz * left);
  float turned = climb.w * left;
  a.course = along * cos(turned) + cross(a.direction, along) * sin(turned);
  a.altitude = max(0.0, climb.x + climb.y * elapsed) + climb.z * left;
  a.fixAge = now - fix.w;
  a.shownFor = now - tag.w;
  return a;
}

/** 1 where the eye sees a point, 0 where the globe hides it. */
float aboveHorizon(vec3 point, vec3 eye) {
  vec3 ray = point - eye;
  float nearest = clamp(-dot(eye, ray) / dot(ray, ray), 0.0, 1.0);
  return smoothstep(-0.0006, -0.0001, length(eye + ray * nearest) - 1.0);
}
`
