/* arithmetic.h: exp and its family, on every lane of a vector of binary64 and without a branch.

The operations and their order are those of microbp/arithmetic.py, where each formula is explained. What Python does for
a range of x of its own is here chosen at the end, or exact by other means (a power of two moved into the exponent). */

#define SHIFT 6755399441055744.0 /* 1.5 2**52: x + SHIFT - SHIFT rounds x to an integer */
#define LOG2_E 1.4426950408889634
#define LN2_HI 0.6931471805598903
#define LN2_LO 5.497923018708371e-14

/* p of e**r = 1 + (c + p), with r = c - e */
INLINE wide N(tail)(wide c, wide e)
{
    wide r = c - e, r2 = r * r, r3 = r2 * r, r5 = r3 * r2;
    return ((((0.5 * r2 - e) + r3 * (0.16666666666666433 + 0.041666666666604 * r))
             + r5 * (0.008333333333499901 + 0.0013888888926778206 * r))
            + (r5 * r2) * (((0.0001984126946646329 + 2.4801508707314722e-05 * r) + 2.7557640704047143e-06 * r2)
                         + r3 * (2.762517622850762e-07 + 2.4978410945657412e-08 * r)));
}

/* f(x) = 1 / (1 + e**-x); a branch, hardly ever taken, for x where 2**n is no normal number or the result is 0 or 1 */
INLINE wide N(sigmoid)(wide x)
{
    wide t = x * LOG2_E + SHIFT, n = t - SHIFT;
    wide c = n * LN2_HI - x, p = N(tail)(c, n * -LN2_LO);
    wide u = N(as_wide)((N(as_bits)(t) + 1023) << 52);
    bits far = IS(x > 690.0) | IS(x < -690.0);
    if (UNLIKELY(N(any)(far))) {
        wide one = {0}, least = one + (SHIFT - 1022.0), held = N(choose)(IS(t < least), least, t);
        one = one + 1.0;
        u = N(as_wide)((N(as_bits)(held) + 1023) << 52); /* 2**max(n, -1022); the rest of n scales the denominator */
        wide b = u + 1.0, h = b + c;
        wide d = h + (((u - (b - 1.0)) + (c - (h - b))) + p);
        wide y = u / N(as_wide)(N(as_bits)(d) + ((N(as_bits)(held) - N(as_bits)(t)) << 52));
        bits high = IS(x > 690.0), out = high | IS(x < -746.0);
        return N(as_wide)((out & high & N(as_bits)(one)) | (~out & N(as_bits)(y)));
    }
    wide b = u + 1.0, h = b + c;
    return u / (h + (((u - (b - 1.0)) + (c - (h - b))) + p));
}

INLINE wide N(tanh)(wide x)
{
    wide z = x * x;
    wide num = x * (z * (-1613.3527707570752 - z * (99.22306573355613 + z * 0.9643738043900326)));
    wide den = 4840.058312271226 + z * (2233.6925221091383 + z * (112.74164160384211 + z));
    bits small = IS(z < 0.302);
    bits sign = N(as_bits)(x) & 0x8000000000000000u;
    wide a = N(as_wide)(N(as_bits)(x) ^ sign);
    a = a + a;
    wide t = a * LOG2_E + SHIFT, n = t - SHIFT;
    wide c = a - n * LN2_HI, p = N(tail)(c, n * LN2_LO);
    wide v = N(as_wide)((1023 - N(as_bits)(t)) << 52);
    wide b = 1.0 + v, h = b + c, s = (c - (h - b)) + p, d = h + s;
    wide one = {0};
    one = one + 1.0;
    wide q = N(choose)(small, num, one) / N(choose)(small, den, d);
    wide w = (v + v) * q, y = 1.0 - w;
    y = y + (((1.0 - y) - w) + w * (q * (s - (d - h))));
    y = N(choose)(IS(a > 100.0), one, y);
    return N(choose)(small, x + q, N(as_wide)(N(as_bits)(y) | sign));
}
