#!/usr/bin/env python3
"""Draw the pictures of the sample newsroom.

Every picture is an illustration made from gradients and silhouettes; there is
no photograph and no third-party material in them. Needs only Pillow:

    python3 -m venv venv && venv/bin/pip install pillow
    venv/bin/python make_pictures.py            # all, into ./pictures
    venv/bin/python make_pictures.py most.jpg   # only the named ones

The drawing is deterministic: each picture seeds its own random generator with
its name. (The JPEG bytes may still differ between versions of libjpeg.)
"""
import math
import random
import sys
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

W, H = 1200, 675
S = 2  # drawn twice as large, then reduced: smooth edges
BW, BH = W * S, H * S


def rgb(h):
    return tuple(int(h[i:i + 2], 16) for i in (1, 3, 5))


def mix(a, b, t):
    a, b = (rgb(x) if isinstance(x, str) else x for x in (a, b))
    return tuple(round(p + (q - p) * t) for p, q in zip(a, b))


def gradient(stops, box=(BW, BH)):
    """A vertical gradient; stops = [(0..1, '#rrggbb'), ...]."""
    col = Image.new("RGB", (1, box[1]))
    for y in range(box[1]):
        t = y / max(1, box[1] - 1)
        for (t0, c0), (t1, c1) in zip(stops, stops[1:]):
            if t <= t1:
                break
        col.putpixel((0, y), mix(c0, c1, min(1, max(0, (t - t0) / (t1 - t0)))))
    return col.resize(box)


def glow(im, xy, radius, colour, strength=1.0):
    """Add soft light around a point."""
    small = Image.new("L", (W // 4, H // 4))
    k = 4 * S
    x, y, r = xy[0] / k, xy[1] / k, radius / k
    d = ImageDraw.Draw(small)
    for i in range(40, 0, -1):
        rr = r * i / 40
        v = int(255 * strength * (1 - i / 40) ** 2)
        d.ellipse((x - rr, y - rr, x + rr, y + rr), fill=v)
    mask = small.filter(ImageFilter.GaussianBlur(3)).resize(im.size, Image.BICUBIC)
    light = ImageChops.screen(im, Image.new("RGB", im.size, rgb(colour)))
    im.paste(light, (0, 0), mask)


def ridge(rnd, base, amp, rough=0.55, steps=8):
    """Heights of a hill line by midpoint displacement, BW + 1 values."""
    pts = [base + rnd.uniform(-amp, amp) * .4, base + rnd.uniform(-amp, amp) * .4]
    a = amp
    for _ in range(steps):
        out = []
        for p, q in zip(pts, pts[1:]):
            out += [p, (p + q) / 2 + rnd.uniform(-a, a)]
        pts = out + [pts[-1]]
        a *= rough
    n = len(pts) - 1
    return [(BW * i / n, y) for i, y in enumerate(pts)]


def land(im, line, top, bottom):
    """Fill below a line with a gradient."""
    y0 = max(0, int(min(y for _, y in line)))
    mask = Image.new("L", im.size)
    ImageDraw.Draw(mask).polygon(line + [(BW, BH), (0, BH)], fill=255)
    fill = Image.new("RGB", im.size, rgb(bottom))
    fill.paste(gradient([(0, top), (1, bottom)], (BW, max(2, BH - y0))), (0, y0))
    im.paste(fill, (0, 0), mask)


def smooth(rnd, base, amp, waves=3):
    ph = [(rnd.uniform(.4, 1.6) * (i + 1), rnd.uniform(0, 6.28), amp / (i + 1)) for i in range(waves)]
    return [(x, base + sum(a * math.sin(f * x / BW * 6.28 + p) for f, p, a in ph))
            for x in range(0, BW + 1, 20)]


def grass(im, rnd, y0, y1, colours, n=1600, height=60):
    d = ImageDraw.Draw(im)
    for y in sorted(rnd.uniform(y0, y1) for _ in range(n)):
        x, h = rnd.uniform(0, BW), height * rnd.uniform(.4, 1.2) * (y - y0 + 80) / (y1 - y0 + 80)
        lean = rnd.uniform(.05, .5) * h
        d.line([(x, y), (x + lean * .3, y - h * .6), (x + lean, y - h)], fill=rgb(rnd.choice(colours)), width=3)


def stars(im, rnd, n, ymax):
    d = ImageDraw.Draw(im)
    for _ in range(n):
        x, y = rnd.uniform(0, BW), ymax * rnd.random() ** 1.3
        r = rnd.choice([1, 1.5, 1.5, 2, 3])
        d.ellipse((x - r, y - r, x + r, y + r), fill=mix("#5a6a9a", "#fff6e0", rnd.uniform(.3, 1)))


def clouds(im, rnd, n, y0, y1, colour, strength=.35):
    mask = Image.new("L", (W // 2, H // 2))
    d = ImageDraw.Draw(mask)
    k = 2 * S
    for _ in range(n):
        cx, cy, w = rnd.uniform(0, BW) / k, rnd.uniform(y0, y1) / k, rnd.uniform(60, 190)
        for _ in range(9):
            x, y = cx + rnd.uniform(-w, w) * .6, cy + rnd.uniform(-4, 4)
            a, b = w * rnd.uniform(.2, .5), rnd.uniform(2, 6)
            d.ellipse((x - a, y - b, x + a, y + b), fill=int(255 * strength))
    mask = mask.filter(ImageFilter.GaussianBlur(5)).resize(im.size, Image.BICUBIC)
    im.paste(Image.new("RGB", im.size, rgb(colour)), (0, 0), mask)


def tree(d, rnd, x, y, h, colour, angle=-90.0, width=None, depth=0):
    width = width or h / 9
    x2 = x + h * .34 * math.cos(math.radians(angle))
    y2 = y + h * .34 * math.sin(math.radians(angle))
    d.line((x, y, x2, y2), fill=colour, width=max(2, int(width)))
    if depth < 6:
        for side in (-1, 1):
            tree(d, rnd, x2, y2, h * rnd.uniform(.7, .84), colour,
                 angle + side * rnd.uniform(10, 30), width * .62, depth + 1)


def fir(d, x, y, h, colour, snow=None):
    d.rectangle((x - h * .025, y - h * .1, x + h * .025, y), fill=colour)
    for i in range(5):
        b, w = y - h * (.07 + .17 * i), h * (.27 - .045 * i)
        d.polygon([(x - w, b), (x + w, b), (x, b - h * .32)], fill=colour)
        if snow:
            d.polygon([(x - w * .62, b - h * .1), (x, b - h * .32), (x + w * .3, b - h * .2), (x - w * .1, b - h * .17)], fill=snow)


def mirror(im, y, tint, strength, rnd):
    """Water below y: the scene above upside down, rippled and tinted."""
    h = BH - y
    src = im.crop((0, y - h, BW, y)).transpose(Image.FLIP_TOP_BOTTOM)
    src = src.filter(ImageFilter.GaussianBlur(5))
    src = Image.blend(src, Image.new("RGB", src.size, rgb(tint)), strength)
    for row in range(0, h, 3):
        dx = int((3 + row / h * 26) * math.sin(row * .09 + math.sin(row * .031) * 3))
        band = src.crop((0, row, BW, min(h, row + 3)))
        im.paste(band, (0, y + row))
        im.paste(band, (dx, y + row))
    d = ImageDraw.Draw(im)
    for _ in range(130):
        yy = y + h * rnd.random() ** 1.2
        w = 20 + 150 * (yy - y) / h * rnd.random()
        x = rnd.uniform(0, BW)
        d.line((x, yy, x + w, yy), fill=mix(im.getpixel((int(min(BW - 1, x)), int(min(BH - 1, yy)))), "#ffffff", .16), width=3)


def finish(im, rnd, grain=.03):
    im = im.resize((W, H), Image.LANCZOS)
    noise = Image.frombytes("L", (W, H), rnd.randbytes(W * H)).filter(ImageFilter.GaussianBlur(.7))
    im = Image.blend(im, ImageChops.overlay(im, Image.merge("RGB", [noise] * 3)), grain * 4)
    vig = Image.new("L", (W // 8, H // 8), 0)
    ImageDraw.Draw(vig).ellipse((-14, -14, W // 8 + 14, H // 8 + 14), fill=255)
    vig = vig.filter(ImageFilter.GaussianBlur(14)).resize((W, H), Image.BICUBIC)
    return Image.composite(im, Image.blend(im, Image.new("RGB", (W, H)), .3), vig)


# --- the pictures -----------------------------------------------------------

def zarya(r):
    im = gradient([(0, "#27365f"), (.3, "#7d6a93"), (.5, "#e79a7c"), (.66, "#ffd59a"), (1, "#ffe9c0")])
    clouds(im, r, 14, 150, 620, "#f6b79a", .5)
    glow(im, (1500, 830), 1300, "#ffcf7a", .9)
    ImageDraw.Draw(im).ellipse((1410, 740, 1590, 920), fill=rgb("#fff3cf"))
    for i, (t, b) in enumerate([("#c98a86", "#b8797c"), ("#8f6273", "#7c5468"), ("#5b4658", "#4a3b50"), ("#3a3142", "#231f2e")]):
        land(im, smooth(r, 850 + i * 95, 34 - 4 * i), t, b)
    grass(im, r, 1180, 1370, ["#2b2433", "#1d1a26", "#6e4a45", "#a56b4d"], 2200, 110)
    return im


def most(r):
    im = gradient([(0, "#1f3a63"), (.35, "#5c7ea3"), (.55, "#f0b58c"), (.66, "#ffd9a8"), (1, "#ffd9a8")])
    clouds(im, r, 12, 80, 500, "#f3c6ad", .45)
    glow(im, (620, 820), 900, "#ffd08a", .8)
    land(im, smooth(r, 800, 26), "#7d7f96", "#66708c")
    land(im, smooth(r, 850, 14), "#3f4a66", "#38425c")
    d = ImageDraw.Draw(im)
    dark = rgb("#18233a")
    deck = 812
    for px in (760, 1640):
        d.polygon([(px - 26, 905), (px - 10, 250), (px + 10, 250), (px + 26, 905)], fill=dark)
        for i in range(1, 13):
            for s in (-1, 1):
                d.line((px, 262 + i * 14, px + s * i * 36, deck), fill=mix("#18233a", "#8fa0b8", .25), width=4)
    d.rectangle((0, deck, BW, deck + 24), fill=dark)
    for x in range(0, BW, 60):
        d.line((x, deck - 20, x, deck), fill=dark, width=4)
    d.line((0, deck - 20, BW, deck - 20), fill=dark, width=4)
    for x in (150, 2250):
        d.rectangle((x - 26, deck, x + 26, 905), fill=dark)
    for x in range(90, BW, 220):
        d.line((x, deck - 80, x, deck), fill=dark, width=6)
        d.ellipse((x - 9, deck - 92, x + 9, deck - 74), fill=rgb("#fff0c4"))
    for x in range(90, BW, 220):
        glow(im, (x, deck - 83), 110, "#ffd98a", .8)
    mirror(im, 900, "#2b466b", .28, r)
    return im


def gory(r):
    im = gradient([(0, "#5f9fce"), (.5, "#b9dbea"), (1, "#eef3ee")])
    clouds(im, r, 9, 100, 420, "#ffffff", .6)
    line = ridge(r, 560, 300, .5, 9)
    land(im, line, "#eef4fa", "#9fb6cf")
    d = ImageDraw.Draw(im)
    for (x, y), (x2, y2) in list(zip(line, line[1:]))[::2]:
        if y2 > y:
            d.polygon([(x, y), (x2 + 10, y2 + 8), (x + r.uniform(20, 90), y + r.uniform(120, 330))], fill=rgb("#b7c9dd"))
    for k, (base, t, b) in enumerate([(800, "#8ba7bf", "#7f9fb0"), (920, "#5f8490", "#587c80"), (1030, "#46695f", "#3f6251")]):
        land(im, ridge(r, base, 110 - 28 * k, .5, 8), t, b)
    d = ImageDraw.Draw(im)
    for _ in range(150):
        x = r.uniform(0, BW)
        fir(d, x, 1130 + r.uniform(0, 40), r.uniform(60, 150), mix("#2d4d43", "#3d6150", r.random()))
    land(im, smooth(r, 1140, 22), "#8b9a58", "#4d6038")
    grass(im, r, 1180, 1370, ["#5d7040", "#aab267", "#3f5230", "#cdbf73"], 1500, 70)
    return im


def stadion(r):
    im = gradient([(0, "#0b1530"), (.5, "#1f3a5c"), (.6, "#35587a"), (1, "#35587a")])
    stars(im, r, 160, 380)
    d = ImageDraw.Draw(im)
    d.polygon([(0, 470), (500, 590), (1900, 590), (BW, 470), (BW, 800), (0, 800)], fill=rgb("#152238"))
    for row in range(9):
        y = 610 + row * 19
        for x in range(10, BW, 15):
            d.ellipse((x + r.uniform(-3, 3), y, x + 9, y + 10), fill=mix(r.choice(["#24344f", "#2d4364", "#4a5a77", "#c9a24a", "#8c3d45", "#5f86a8"]), "#152238", r.uniform(0, .6)))
    d.rectangle((0, 790, BW, 826), fill=rgb("#d9e2ea"))
    for x in range(0, BW, 240):
        d.rectangle((x, 790, x + 118, 826), fill=mix("#2f6db0", "#d0a040", (x // 240) % 2))
    pitch = gradient([(0, "#3f8f4a"), (1, "#1f5f33")], (BW, BH - 826))
    im.paste(pitch, (0, 826))
    d = ImageDraw.Draw(im, "RGBA")
    for i in range(-14, 16, 2):
        d.polygon([(1200 + i * 110, 826), (1200 + (i + 1) * 110, 826), (1200 + (i + 1) * 330, BH), (1200 + i * 330, BH)], fill=(255, 255, 255, 18))
    d.line((0, 860, BW, 860), fill=(240, 248, 240, 210), width=6)
    d.line((1200, 860, 1200, BH), fill=(240, 248, 240, 210), width=9)
    d.ellipse((760, 985, 1640, 1275), outline=(240, 248, 240, 210), width=8)
    for x, y in ((330, 940), (860, 1010), (1480, 960), (2030, 1060), (1760, 905), (1080, 1180), (560, 1150)):
        k = .6 + (y - 860) / 380
        c = rgb("#f4d35e") if x % 20 else rgb("#e8eef5")
        d.line((x - 60 * k, y + 62 * k, x + 60 * k, y + 64 * k), fill=(0, 20, 10, 90), width=10)
        d.line((x, y + 20 * k, x - 16 * k, y + 62 * k), fill=rgb("#122033"), width=int(11 * k))
        d.line((x, y + 20 * k, x + 18 * k, y + 60 * k), fill=rgb("#122033"), width=int(11 * k))
        d.rounded_rectangle((x - 14 * k, y - 24 * k, x + 14 * k, y + 26 * k), 10 * k, fill=c)
        d.ellipse((x - 11 * k, y - 48 * k, x + 11 * k, y - 26 * k), fill=rgb("#c99b76"))
    d.ellipse((1236, 1110, 1260, 1134), fill=(255, 255, 255, 255))
    for x in (230, 2170):
        d.line((x, 250, x, 600), fill=rgb("#0a1222"), width=16)
        d.rectangle((x - 110, 150, x + 110, 260), fill=rgb("#0a1222"))
        for i in range(5):
            for j in range(2):
                d.ellipse((x - 98 + i * 41, 160 + j * 50, x - 66 + i * 41, 192 + j * 50), fill=rgb("#fffbe6"))
    for x in (230, 2170):
        glow(im, (x, 205), 760, "#dfeeff", .95)
    glow(im, (1200, 1050), 1200, "#8fd08a", .25)
    return im


def knigi(r):
    im = gradient([(0, "#4a2f22"), (1, "#2b1a14")])
    pal = ["#8c3b33", "#b7793e", "#d9b36c", "#3f5f56", "#2f4a6b", "#6d7f8b", "#a9a08c", "#7a4a5c", "#e6d7b4", "#556b3a"]
    for shelf in range(3):
        top, bot = 40 + shelf * 440, 430 + shelf * 440
        im.paste(gradient([(0, "#1b100c"), (1, "#3a241a")], (BW, bot - top)), (0, top))
        d = ImageDraw.Draw(im)
        x = 20
        while x < BW - 20:
            w, h = r.randint(34, 86), r.randint(230, 350)
            if r.random() < .05:
                x += r.randint(60, 150)
                continue
            c = r.choice(pal)
            lean = r.choice([0] * 9 + [30]) if x < BW - 200 else 0
            d.polygon([(x + lean, bot - h), (x + lean + w, bot - h), (x + w, bot), (x, bot)], fill=rgb(c))
            d.polygon([(x + lean, bot - h), (x + lean + w * .18, bot - h), (x + w * .18, bot), (x, bot)], fill=mix(c, "#ffffff", .16))
            d.polygon([(x + lean + w * .8, bot - h), (x + lean + w, bot - h), (x + w, bot), (x + w * .8, bot)], fill=mix(c, "#000000", .28))
            for f in (.14, .2, .8):
                yy, o = bot - h * (1 - f), lean * (1 - f)
                d.line((x + o + 3, yy, x + o + w - 3, yy), fill=mix(c, "#f4dfa8", .55), width=4)
            x += w + 3 + lean
        d.rectangle((0, bot, BW, bot + 50), fill=rgb("#6b4730"))
        d.rectangle((0, bot, BW, bot + 8), fill=rgb("#97694a"))
    glow(im, (1250, 250), 1500, "#ffd9a0", .6)
    return im


def shkola(r):
    im = gradient([(0, "#7fb4d8"), (.6, "#d8ebf0"), (1, "#f4efe2")])
    clouds(im, r, 10, 60, 380, "#ffffff", .6)
    land(im, smooth(r, 860, 16), "#a9bfc0", "#a9bfc0")
    d = ImageDraw.Draw(im)
    for (x0, y0, x1, c) in ((260, 480, 1000, "#e9d3a5"), (1400, 480, 2140, "#e9d3a5"), (960, 390, 1440, "#c8694c")):
        d.rectangle((x0, y0, x1, 1060), fill=rgb(c))
        d.rectangle((x0 - 16, y0 - 22, x1 + 16, y0), fill=mix(c, "#402a20", .5))
        d.rectangle((x0, 1010, x1, 1060), fill=mix(c, "#402a20", .35))
    for row in range(3):
        for x in list(range(310, 960, 116)) + list(range(1450, 2100, 116)):
            y = 530 + row * 165
            d.rectangle((x - 6, y - 6, x + 76, y + 106), fill=rgb("#fdf6e6"))
            d.rectangle((x, y, x + 70, y + 100), fill=mix("#5f93b5", "#ffe3a0", .75 if r.random() < .3 else .05))
            d.line((x + 35, y, x + 35, y + 100), fill=rgb("#fdf6e6"), width=5)
    for x in (1010, 1130, 1250, 1350):
        d.rectangle((x - 5, 490, x + 55, 690), fill=rgb("#8fc0d6"))
    d.rectangle((1090, 820, 1310, 1060), fill=rgb("#51382e"))
    d.rectangle((1105, 840, 1195, 1060), fill=rgb("#9cc4d2"))
    d.rectangle((1205, 840, 1295, 1060), fill=rgb("#9cc4d2"))
    d.polygon([(1050, 820), (1350, 820), (1320, 780), (1080, 780)], fill=rgb("#f2e6cc"))
    d.ellipse((1155, 425, 1245, 470), fill=rgb("#f2e6cc"))
    for k in range(3):
        d.rectangle((1070 - 30 * k, 1060 + 16 * k, 1330 + 30 * k, 1076 + 16 * k), fill=mix("#cdbfa6", "#9a8d78", k / 3))
    land(im, [(0, 1066), (1000, 1062), (1000, 1110), (1400, 1110), (1400, 1062), (BW, 1066)], "#b7a878", "#7c8052")
    d = ImageDraw.Draw(im)
    d.polygon([(1020, 1108), (1380, 1108), (1700, BH), (700, BH)], fill=rgb("#cfc3ac"))
    for x in (110, 2290, 2060):
        tree(d, r, x, 1150, 330, rgb("#5d4637"))
    for x, c in ((820, "#2f6db0"), (905, "#b34a42"), (1570, "#d09a35"), (1650, "#3f6f5a")):
        d.ellipse((x - 17, 1130, x + 17, 1164), fill=rgb("#7a5540"))
        d.rounded_rectangle((x - 26, 1166, x + 26, 1240), 14, fill=rgb(c))
        d.rectangle((x - 18, 1236, x - 4, 1290), fill=rgb("#2c2f3a"))
        d.rectangle((x + 4, 1236, x + 18, 1290), fill=rgb("#2c2f3a"))
    return im


def sneg(r):
    im = gradient([(0, "#8ea6bf"), (.6, "#cfdae4"), (1, "#e9eef3")])
    glow(im, (1750, 420), 800, "#fff1d8", .7)
    land(im, smooth(r, 800, 30), "#b8c8d8", "#d4dfe9")
    d = ImageDraw.Draw(im)
    for _ in range(45):
        fir(d, r.uniform(0, BW), 850 + r.uniform(-20, 20), r.uniform(90, 190), mix("#8fa6b8", "#9db2c2", r.random()))
    land(im, smooth(r, 890, 22), "#dde6ee", "#e6edf4")
    d = ImageDraw.Draw(im)
    for x, w, c in ((420, 300, "#7d5a48"), (900, 240, "#5f6f80"), (1850, 280, "#8a6550")):
        d.rectangle((x, 800, x + w, 960), fill=rgb(c))
        d.polygon([(x - 40, 806), (x + w / 2, 680), (x + w + 40, 806)], fill=rgb("#f4f8fc"))
        d.rectangle((x + w * .7, 660, x + w * .82, 740), fill=mix(c, "#222222", .3))
        for k in (.16, .58):
            d.rectangle((x + w * k, 850, x + w * k + 62, 915), fill=rgb("#ffd98c"))
            d.line((x + w * k + 31, 850, x + w * k + 31, 915), fill=rgb("#5c4436"), width=5)
    for x, w in ((420, 300), (900, 240), (1850, 280)):
        glow(im, (x + w / 2, 880), 260, "#ffcf80", .55)
    land(im, smooth(r, 985, 20), "#edf3f8", "#c7d5e3")
    d = ImageDraw.Draw(im)
    d.polygon([(1180, 985), (1290, 985), (1700, BH), (800, BH)], fill=rgb("#d3dee8"))
    d.line([(1210, 990), (1050, BH)], fill=rgb("#b4c4d4"), width=14)
    d.line([(1262, 990), (1450, BH)], fill=rgb("#b4c4d4"), width=14)
    for x, y, h in ((160, 1180, 560), (2230, 1200, 640), (2020, 1100, 380), (330, 1090, 340)):
        fir(d, x, y, h, rgb("#3f5a5e"), rgb("#eef4f9"))
    for _ in range(900):
        x, y, q = r.uniform(0, BW), r.uniform(0, BH), r.choice([2, 3, 3, 4, 5, 7])
        d.ellipse((x - q, y - q, x + q, y + q), fill=rgb("#ffffff"))
    return im


def reka(r):
    im = gradient([(0, "#6fa6cf"), (.36, "#cfe3ea"), (1, "#f7ead0")])
    clouds(im, r, 10, 60, 330, "#ffffff", .6)
    land(im, smooth(r, 480, 26), "#a8b7bd", "#a9b59b")
    land(im, smooth(r, 540, 16), "#b9b98a", "#8f9a55")
    left, right = [], []
    for i in range(120):
        t = i / 119
        y = 560 + (BH - 560) * t ** 1.7
        c = 1250 + math.sin(t * 9.5 + .6) * (130 + 620 * t * (1 - t * .45)) - 120 * t
        w = 12 + 300 * t ** 1.5
        left.append((c - w, y))
        right.append((c + w, y))
    d = ImageDraw.Draw(im)
    for grow, col in ((34, "#7a7f45"), (18, "#d8c893")):
        d.polygon([(x - grow * (y - 540) / 500, y) for x, y in left] + [(x + grow * (y - 540) / 500, y) for x, y in reversed(right)], fill=rgb(col))
    mask = Image.new("L", im.size)
    ImageDraw.Draw(mask).polygon(left + right[::-1], fill=255)
    im.paste(gradient([(0, "#cfe3ea"), (.45, "#d3e4e6"), (.7, "#7fb0cb"), (1, "#3f789e")]), (0, 0), mask)
    d = ImageDraw.Draw(im)
    for _ in range(420):
        t = r.random()
        x, y = r.uniform(0, BW), 590 + 700 * t ** 1.4
        if mask.getpixel((int(x), int(min(BH - 1, y)))):
            continue
        q = 8 + 34 * t
        d.ellipse((x - q * 1.4, y - q * .7, x + q * 1.4, y + q * .6), fill=mix("#65763a", "#c9a94e", r.random()))
    glow(im, (420, 300), 900, "#fff3cf", .5)
    return im


def ogni(r):
    im = gradient([(0, "#120a24"), (.6, "#2c1244"), (1, "#0c0716")])
    for x, c, a in ((300, "#ff5fa2", 22), (700, "#5fc8ff", 12), (1000, "#ffd166", 4), (1400, "#ffd166", -4), (1700, "#7d8bff", -12), (2100, "#ff7a59", -22)):
        mask = Image.new("L", im.size)
        d = ImageDraw.Draw(mask)
        for i in range(10):
            w = 190 - i * 17
            tx = x + math.tan(math.radians(a)) * 1100
            d.polygon([(x - 6, 70), (x + 6, 70), (tx + w, 1170), (tx - w, 1170)], fill=22 + i * 12)
        fade = gradient([(0, "#ffffff"), (.8, "#555555"), (1, "#101010")]).convert("L")
        mask = ImageChops.multiply(mask.filter(ImageFilter.GaussianBlur(10)), fade)
        im.paste(ImageChops.screen(im, Image.new("RGB", im.size, rgb(c))), (0, 0), mask)
    d = ImageDraw.Draw(im)
    d.rectangle((0, 40, BW, 56), fill=rgb("#07050e"))
    d.rectangle((0, 88, BW, 98), fill=rgb("#07050e"))
    for x in range(0, BW, 50):
        d.line((x, 50, x + 25, 92), fill=rgb("#07050e"), width=5)
        d.line((x + 25, 92, x + 50, 50), fill=rgb("#07050e"), width=5)
    d.polygon([(340, 900), (2060, 900), (2200, 1010), (200, 1010)], fill=rgb("#3a1f4f"))
    d.rectangle((200, 1010, 2200, 1090), fill=rgb("#1a0d2a"))
    for k, x in enumerate(range(620, 1800, 190)):  # seated players with long-necked instruments
        y = 880
        ink = rgb("#0d0717")
        d.ellipse((x - 26, y - 190, x + 26, y - 130), fill=ink)
        d.polygon([(x - 54, y + 20), (x - 40, y - 120), (x + 40, y - 120), (x + 54, y + 20)], fill=ink)
        d.rectangle((x - 64, y + 10, x + 64, y + 56), fill=ink)
        d.line((x + 10, y - 46, x + 120, y - 150), fill=rgb("#c98f4a"), width=9)
        d.ellipse((x - 44, y - 66, x + 26, y - 6), fill=rgb("#c98f4a"))
    for x in (300, 700, 1000, 1400, 1700, 2100):
        glow(im, (x, 80), 160, "#ffffff", .9)
    d = ImageDraw.Draw(im)
    for row in range(4):
        for x in range(-30, BW + 60, 92):
            x += r.uniform(-24, 24)
            y = 1110 + row * 66 + r.uniform(-18, 18)
            c = mix("#24123a", "#050309", row / 3)
            q = 32 + row * 7
            d.ellipse((x - q, y - q * 1.15, x + q, y + q * 1.15), fill=c)
            d.rounded_rectangle((x - q * 1.9, y + q, x + q * 1.9, BH + 40), q, fill=c)
    return im


def poezd(r):
    im = gradient([(0, "#4f7fae"), (.4, "#a9c8d8"), (.62, "#f6dcae"), (1, "#f6dcae")])
    clouds(im, r, 12, 80, 520, "#ffffff", .5)
    land(im, smooth(r, 760, 30), "#9aa7ab", "#a1a58e")
    land(im, smooth(r, 850, 18), "#b3a56c", "#a88f4f")
    d = ImageDraw.Draw(im)
    for x in range(60, BW, 330):
        d.line((x, 520, x, 960), fill=rgb("#4b4a4c"), width=10)
        d.line((x, 560, x + 110, 560), fill=rgb("#4b4a4c"), width=6)
    d.line((0, 585, BW, 585), fill=rgb("#5b5a5c"), width=3)
    d.line((0, 560, BW, 560), fill=rgb("#5b5a5c"), width=3)
    d.polygon([(0, 950), (BW, 950), (BW, 1030), (0, 1030)], fill=rgb("#6f665c"))
    d.rectangle((0, 938, BW, 950), fill=rgb("#3c3735"))
    for n in range(4):
        x0, x1 = -160 + n * 610, 430 + n * 610
        head = n == 3
        pts = [(x0, 690), (x1 - (150 if head else 0), 690), (x1 + (40 if head else 0), 830), (x1 + (50 if head else 0), 915), (x0, 915)]
        d.polygon(pts, fill=rgb("#e9eef0"))
        d.polygon([(x0, 840), (x1 + (42 if head else 0), 840), (x1 + (50 if head else 0), 900), (x0, 900)], fill=rgb("#1f7f95"))
        d.rectangle((x0, 828, x1 + (40 if head else 0), 838), fill=rgb("#e2b33c"))
        for x in range(x0 + 40, x1 - (210 if head else 70), 92):
            d.rounded_rectangle((x, 728, x + 66, 798), 10, fill=rgb("#27394a"))
            d.polygon([(x + 8, 790), (x + 36, 736), (x + 50, 736), (x + 22, 790)], fill=rgb("#486478"))
        if head:
            d.polygon([(x1 - 130, 714), (x1 - 140, 800), (x1 + 12, 800), (x1 - 62, 714)], fill=rgb("#27394a"))
            d.ellipse((x1 + 10, 858, x1 + 36, 884), fill=rgb("#fff4c8"))
        for x in (x0 + 70, x0 + 130, x1 - 130, x1 - 70):
            d.ellipse((x - 26, 892, x + 26, 944), fill=rgb("#2b2a2c"))
        if not head:
            d.rectangle((x1, 720, x1 + 20, 905), fill=rgb("#3a4148"))
    land(im, smooth(r, 1025, 8), "#b99a55", "#7d6a38")
    grass(im, r, 1060, 1370, ["#d8bc73", "#a3833f", "#6f5c30", "#e7d196"], 2400, 80)
    glow(im, (2150, 700), 900, "#ffe0a0", .45)
    return im


def rynok(r):
    im = gradient([(0, "#3c5063"), (.5, "#8ba0a8"), (1, "#b5a890")])
    d = ImageDraw.Draw(im)
    d.polygon([(0, 0), (BW, 0), (1500, 420), (900, 420)], fill=rgb("#56697a"))
    for k in range(-5, 7):
        d.line((1200 + k * 60, 420, 1200 + k * 420, 0), fill=rgb("#2f3f4d"), width=8)
    for x in range(200, BW, 400):
        d.line((x, 60 + abs(x - 1200) * .05, x, 170), fill=rgb("#222b33"), width=4)
        d.ellipse((x - 26, 165, x + 26, 217), fill=rgb("#fff1c4"))
    im.paste(gradient([(0, "#a08f78"), (1, "#6b5d4e")], (BW, 300)), (0, 1050))
    pal = (("#b8463c", "#f4e9d4"), ("#2f7a6b", "#f4e9d4"), ("#d59a32", "#f7efdd"))
    for n, (a, b) in enumerate(pal):
        x0, x1 = 40 + n * 790, 780 + n * 790
        d.rectangle((x0 + 20, 470, x1 - 20, 1100), fill=mix(a, "#1f1a18", .72))
        for px in (x0 + 20, x1 - 36):
            d.rectangle((px, 470, px + 16, 1120), fill=rgb("#4c3a2c"))
        w = (x1 - x0) / 8
        for i in range(8):
            c = rgb(a if i % 2 == 0 else b)
            d.polygon([(x0 + 40 + (w - 10) * i, 340), (x0 + 40 + (w - 10) * (i + 1), 340), (x0 + w * (i + 1), 500), (x0 + w * i, 500)], fill=c)
            d.pieslice((x0 + w * i, 465, x0 + w * (i + 1), 540), 0, 180, fill=c)
        cx = (x0 + x1) / 2 + (-90, 60, 110)[n]
        d.ellipse((cx - 44, 600, cx + 44, 700), fill=rgb("#c3926c"))
        d.pieslice((cx - 56, 580, cx + 56, 680), 180, 360, fill=rgb(b))
        d.rounded_rectangle((cx - 90, 702, cx + 90, 960), 50, fill=mix(a, b, .35))
        fruit = (["#c8352d", "#e0b13a", "#8fae3c"], ["#e07a2c", "#f0c04a", "#7a9a3a"], ["#6d2f55", "#b83a35", "#d9c25a"])[n]
        for box in range(3):
            bx = x0 + 36 + box * 228
            for row in range(3):
                for i in range(6 - row):
                    fx, fy = bx + 22 + i * 35 + row * 17, 905 - row * 30
                    c = fruit[box]
                    d.ellipse((fx - 20, fy - 20, fx + 20, fy + 20), fill=mix(c, "#000000", r.uniform(0, .18)))
                    d.ellipse((fx - 12, fy - 14, fx - 2, fy - 6), fill=mix(c, "#ffffff", .4))
            d.rectangle((bx - 4, 912, bx + 216, 1000), fill=rgb("#a97c4c"))
            for yy in (938, 968):
                d.line((bx - 4, yy, bx + 216, yy), fill=rgb("#7c5732"), width=5)
            d.rectangle((bx + 66, 926, bx + 146, 976), fill=rgb("#f7f1e0"))
        d.rectangle((x0 + 10, 1000, x1 - 10, 1110), fill=rgb("#5d4432"))
    for x in range(200, BW, 400):
        glow(im, (x, 195), 420, "#ffe2a0", .6)
    return im


def laboratoriya(r):
    im = gradient([(0, "#dfeceb"), (.7, "#b8d3d6"), (1, "#8fb4bc")])
    d = ImageDraw.Draw(im)
    for y in (260, 560):
        d.rectangle((0, y, BW, y + 18), fill=rgb("#a3bfc4"))
        x = 60
        while x < BW - 60:
            w, h = r.randint(50, 110), r.randint(90, 200)
            d.rounded_rectangle((x, y - h, x + w, y), 14, fill=mix("#c9dcde", r.choice(["#8fb0b8", "#d4c39a", "#a8c8a8"]), .5))
            d.rectangle((x + w * .2, y - h - 18, x + w * .8, y - h), fill=rgb("#9ab5ba"))
            x += w + r.randint(16, 110)
    im = im.filter(ImageFilter.GaussianBlur(9))
    im.paste(gradient([(0, "#f2f5f3"), (1, "#b7c6c6")], (BW, 250)), (0, 1100))
    d = ImageDraw.Draw(im, "RGBA")
    glass, edge = (255, 255, 255, 90), (70, 110, 120, 190)

    def flask(x, h, c, lvl):
        w, n, y = h * .42, h * .09, 1180
        body = [(x - n, y - h), (x - n, y - h * .55), (x - w, y - 24), (x - w + 24, y), (x + w - 24, y), (x + w, y - 24), (x + n, y - h * .55), (x + n, y - h)]
        d.ellipse((x - w, y - 16, x + w, y + 30), fill=(60, 90, 95, 60))
        d.polygon(body, fill=glass)
        t = lvl
        wl = n + (w - n) * (1 - t / .55)
        d.polygon([(x - wl, y - h * t), (x - w, y - 24), (x - w + 24, y), (x + w - 24, y), (x + w, y - 24), (x + wl, y - h * t)], fill=rgb(c) + (215,))
        d.ellipse((x - wl, y - h * t - 14, x + wl, y - h * t + 14), fill=mix(c, "#ffffff", .35) + (235,))
        d.line(body + [body[0]], fill=edge, width=6, joint="curve")
        d.rounded_rectangle((x - n - 14, y - h - 14, x + n + 14, y - h + 8), 9, fill=edge)
        d.line((x - w * .55, y - 60, x - n * .6, y - h * .5), fill=(255, 255, 255, 150), width=12)
        for _ in range(14):
            bx, by, q = x + r.uniform(-.5, .5) * w, y - r.uniform(20, h * t * .8), r.uniform(3, 10)
            d.ellipse((bx - q, by - q, bx + q, by + q), outline=(255, 255, 255, 150), width=3)

    flask(520, 560, "#2f86b5", .36)
    flask(1000, 420, "#4fa36b", .3)
    flask(1900, 500, "#d98a3a", .33)
    d.rectangle((1210, 1000, 1660, 1030), fill=rgb("#8a6a48"))
    d.rectangle((1210, 1160, 1660, 1190), fill=rgb("#6f5238"))
    for k, c in enumerate(("#2f86b5", "#5fb0c8", "#7fc0a8", "#b8c86a", "#d9b03a")):
        x = 1265 + k * 85
        d.rounded_rectangle((x - 26, 800, x + 26, 1165), 26, fill=glass, outline=edge, width=5)
        top = 930 - k * 14
        d.rounded_rectangle((x - 21, top, x + 21, 1160), 22, fill=rgb(c) + (220,))
    d.rectangle((1210, 1000, 1660, 1022), fill=rgb("#9a7852"))
    d.rectangle((1210, 1000, 1232, 1190), fill=rgb("#7c5d40"))
    d.rectangle((1638, 1000, 1660, 1190), fill=rgb("#7c5d40"))
    glow(im, (350, 150), 1200, "#ffffff", .6)
    return im


def yurta(r):
    im = gradient([(0, "#0f1c40"), (.4, "#2f4478"), (.62, "#8a6a8c"), (.72, "#e29a7a"), (1, "#e29a7a")])
    stars(im, r, 420, 700)
    moon = Image.new("L", im.size)
    d = ImageDraw.Draw(moon)
    d.ellipse((1840, 150, 1960, 270), fill=255)
    d.ellipse((1800, 130, 1920, 250), fill=0)
    im.paste(Image.new("RGB", im.size, rgb("#fdf3d6")), (0, 0), moon)
    glow(im, (1910, 220), 260, "#fdf3d6", .35)
    land(im, ridge(r, 860, 90, .48, 8), "#574a6e", "#473e62")
    land(im, smooth(r, 960, 22), "#3a3550", "#2c2a40")
    land(im, smooth(r, 1060, 14), "#2a2b3a", "#14161f")
    d = ImageDraw.Draw(im)
    for x, y, k in ((760, 1130, 1.25), (1560, 1090, .85), (2060, 1110, 1.0)):
        w, h = 230 * k, 150 * k
        d.pieslice((x - w, y - h - 150 * k, x + w, y - h + 150 * k), 180, 360, fill=rgb("#d9c9ad"))
        d.rectangle((x - w, y - h, x + w, y), fill=rgb("#cbb896"))
        d.rectangle((x - w, y - h - 4, x + w, y - h + 26 * k), fill=rgb("#9c3f38"))
        s = 44 * k
        i = x - w
        while i < x + w - s / 2:
            d.polygon([(i, y - h + 24 * k), (i + s / 2, y - h), (i + s, y - h + 24 * k)], fill=rgb("#e6c36a"))
            i += s
        d.ellipse((x - 50 * k, y - h - 166 * k, x + 50 * k, y - h - 126 * k), fill=rgb("#7d5a40"))
        d.rounded_rectangle((x - 48 * k, y - 132 * k, x + 48 * k, y), 8, fill=rgb("#5a3326"))
        d.rectangle((x - 38 * k, y - 120 * k, x + 38 * k, y), fill=rgb("#ffd27a"))
    for x, y, k in ((760, 1130, 1.25), (1560, 1090, .85), (2060, 1110, 1.0)):
        glow(im, (x, y - 50), 420 * k, "#ffb55a", .85)
    grass(im, r, 1150, 1370, ["#1a1c26", "#262838", "#4a3d42", "#6b4c40"], 1500, 70)
    return im


def vetryaki(r):
    im = gradient([(0, "#3f86bf"), (.5, "#a8d3e6"), (.7, "#eef2e0"), (1, "#eef2e0")])
    clouds(im, r, 13, 80, 560, "#ffffff", .7)
    land(im, smooth(r, 870, 30), "#9fb7a8", "#98ac86")
    d = ImageDraw.Draw(im)

    def mill(x, y, h, ang, c):
        d.polygon([(x - h * .022, y), (x - h * .009, y - h), (x + h * .009, y - h), (x + h * .022, y)], fill=c)
        for k in range(3):
            a = math.radians(ang + 120 * k)
            L, ux, uy = h * .58, math.cos(a), math.sin(a)
            hx, hy = x, y - h
            d.polygon([(hx - uy * h * .012, hy + ux * h * .012), (hx + ux * L * .25 - uy * h * .026, hy + uy * L * .25 + ux * h * .026), (hx + ux * L, hy + uy * L), (hx + uy * h * .006, hy - ux * h * .006)], fill=c)
        d.ellipse((x - h * .022, y - h * 1.022, x + h * .022, y - h * .978), fill=c)

    for x, h, a in ((260, 210, 10), (640, 240, 70), (1080, 190, 40), (1420, 230, 100), (1960, 220, 25)):
        mill(x, 900, h, a, rgb("#dfe9ec"))
    land(im, smooth(r, 940, 24), "#c2b56a", "#b59d4c")
    d = ImageDraw.Draw(im)
    for x, y, h, a in ((420, 1130, 720, 15), (1230, 1060, 520, 55), (1900, 1150, 800, 95)):
        mill(x, y, h, a, rgb("#f8fbfb"))
    land(im, smooth(r, 1110, 16), "#a58f45", "#6f6530")
    grass(im, r, 1140, 1370, ["#c9b263", "#8b7a3a", "#e0cf8c", "#5f562a"], 1900, 80)
    return im


def pole(r):
    im = gradient([(0, "#4a8ac0"), (.45, "#bcd9e2"), (.56, "#f8e8c0"), (1, "#f8e8c0")])
    clouds(im, r, 10, 80, 480, "#ffffff", .65)
    land(im, smooth(r, 720, 18), "#93a59c", "#b3a860")
    d = ImageDraw.Draw(im)
    for k in range(6):
        x = 1500 + k * 92
        d.rectangle((x, 470, x + 86, 760), fill=mix("#d7d9d4", "#9da6a6", k / 6))
        d.rectangle((x, 470, x + 18, 760), fill=rgb("#eef0ec"))
        d.polygon([(x, 470), (x + 43, 430), (x + 86, 470)], fill=rgb("#7f8a8c"))
    d.rectangle((1390, 350, 1490, 760), fill=rgb("#c3c6c0"))
    d.polygon([(1380, 350), (1440, 300), (1500, 350)], fill=rgb("#a6584a"))
    d.line((1490, 400, 2040, 440), fill=rgb("#6f7a7c"), width=12)
    land(im, smooth(r, 750, 6), "#e2bd5c", "#a8742c")
    d = ImageDraw.Draw(im, "RGBA")
    for k in range(-26, 27):
        d.line((1050 + k * 38, 760, 1050 + k * 250, BH), fill=(120, 78, 25, 70), width=8)
    grass(im, r, 800, 1370, ["#f0d27c", "#d9a944", "#b98530", "#ffe5a0", "#8f6326"], 4200, 110)
    d = ImageDraw.Draw(im)
    x, y = 560, 800
    d.polygon([(x - 150, y - 120), (x + 90, y - 120), (x + 110, y), (x - 150, y)], fill=rgb("#b43a2f"))
    d.polygon([(x + 20, y - 210), (x + 110, y - 210), (x + 120, y - 120), (x + 20, y - 120)], fill=rgb("#7fa8b8"))
    d.rectangle((x + 10, y - 222, x + 124, y - 208), fill=rgb("#b43a2f"))
    d.line((x - 110, y - 130, x - 230, y - 220), fill=rgb("#d9d2c0"), width=20)
    d.ellipse((x + 30, y - 60, x + 140, y + 50), fill=rgb("#2c2a28"))
    d.ellipse((x - 140, y - 20, x - 70, y + 50), fill=rgb("#2c2a28"))
    d.rectangle((x + 120, y - 20, x + 230, y + 30), fill=rgb("#8f2f27"))
    glow(im, (350, 640), 900, "#fff0c0", .5)
    return im


def gorod(r):
    im = gradient([(0, "#0d1430"), (.5, "#2a3563"), (.75, "#6d5a86"), (1, "#c98a7c")])
    stars(im, r, 220, 520)
    for layer, (base, c, lit) in enumerate(((640, "#3a4170", .22), (760, "#262d54", .35), (900, "#151a36", .45))):
        d = ImageDraw.Draw(im)
        x = -30
        while x < BW:
            w, top = r.randint(130, 300), base - r.randint(0, 220)
            d.rectangle((x, top, x + w, BH), fill=rgb(c))
            if r.random() < .3:
                d.line((x + w / 2, top - 70, x + w / 2, top), fill=rgb(c), width=6)
            for wy in range(top + 26, BH - 190, 54):
                for wx in range(x + 20, x + w - 30, 46):
                    if r.random() < lit:
                        d.rectangle((wx, wy, wx + 22, wy + 28), fill=mix(r.choice(["#ffcf7a", "#ffe2a8", "#ffb765", "#cfe0ff"]), c, r.uniform(0, .5)))
            x += w + r.randint(0, 60)
        glow(im, (1200, 1150), 1500, "#ff9f6a", .12)
    d = ImageDraw.Draw(im)
    d.polygon([(0, 1180), (BW, 1180), (BW, BH), (0, BH)], fill=rgb("#0d1022"))
    d.line((0, 1184, BW, 1184), fill=rgb("#3b4168"), width=6)
    for _ in range(42):
        x, y = r.uniform(0, BW), r.choice([1232, 1290])
        c = "#fff0c0" if y == 1232 else "#ff6a4a"
        w = r.uniform(60, 240)
        d.line((x, y, x + w, y), fill=mix(c, "#0d1022", r.uniform(.1, .6)), width=5)
    for x in range(80, BW, 320):
        d.line((x, 1060, x, 1184), fill=rgb("#090b18"), width=8)
        d.ellipse((x - 12, 1048, x + 12, 1072), fill=rgb("#ffe9b0"))
    for x in range(80, BW, 320):
        glow(im, (x, 1060), 200, "#ffca70", .8)
    return im


def avtobus(r):
    im = gradient([(0, "#93aec2"), (.6, "#dfe4df"), (1, "#efe6d4")])
    d = ImageDraw.Draw(im)
    x = -20
    while x < BW:
        w, top = r.randint(220, 380), r.randint(330, 560)
        c = r.choice(["#b7a894", "#a4afb3", "#c2b79f", "#98a5a6"])
        d.rectangle((x, top, x + w, 1000), fill=rgb(c))
        for wy in range(top + 40, 960, 90):
            for wx in range(x + 28, x + w - 50, 76):
                d.rectangle((wx, wy, wx + 40, wy + 52), fill=mix("#6d8596", c, .35))
        x += w + 12
    im = im.filter(ImageFilter.GaussianBlur(4))
    d = ImageDraw.Draw(im)
    for x in (140, 820, 2180):
        tree(d, r, x, 1020, 400, rgb("#6a5a4c"))
    im.paste(gradient([(0, "#c9c2b4"), (1, "#b0a898")], (BW, 70)), (0, 990))
    im.paste(gradient([(0, "#6c7078"), (1, "#474b54")], (BW, 290)), (0, 1060))
    d = ImageDraw.Draw(im)
    for x in range(-60, BW, 300):
        d.polygon([(x, 1232), (x + 150, 1232), (x + 140, 1246), (x - 10, 1246)], fill=rgb("#e3dfd2"))
    d.ellipse((520, 1130, 1880, 1190), fill=rgb("#3c4048"))
    d.rounded_rectangle((540, 640, 1860, 1130), 46, fill=rgb("#2f8f6b"))
    d.rectangle((540, 940, 1860, 990), fill=rgb("#f2e9cf"))
    d.rounded_rectangle((570, 690, 1640, 900), 18, fill=rgb("#22343f"))
    for x in (770, 1000, 1230, 1440):
        d.rectangle((x, 690, x + 14, 900), fill=rgb("#2f8f6b"))
    d.polygon([(1680, 690), (1846, 690), (1858, 930), (1680, 930)], fill=rgb("#22343f"))
    for x in (600, 840, 1080, 1300, 1520):
        d.ellipse((x, 790, x + 52, 850), fill=rgb("#3f5866"))
        d.rounded_rectangle((x - 16, 850, x + 68, 900), 20, fill=rgb("#3f5866"))
    for x in (600, 1020, 1260):
        d.polygon([(x, 895), (x + 70, 695), (x + 106, 695), (x + 36, 895)], fill=rgb("#33505d"))
    d.rounded_rectangle((1010, 690, 1220, 1110), 10, fill=rgb("#22343f"), outline=rgb("#c8d6c8"), width=8)
    d.line((1115, 690, 1115, 1110), fill=rgb("#c8d6c8"), width=8)
    d.rounded_rectangle((1640, 646, 1840, 684), 8, fill=rgb("#1a1a1a"))
    for k in range(9):
        d.rectangle((1656 + k * 19, 656, 1668 + k * 19, 674), fill=rgb("#ffb437"))
    for x in (780, 1560):
        d.ellipse((x - 88, 1040, x + 88, 1216), fill=rgb("#22252b"))
        d.ellipse((x - 46, 1082, x + 46, 1174), fill=rgb("#9aa3a8"))
    d.rounded_rectangle((1826, 1010, 1866, 1060), 10, fill=rgb("#fff3c0"))
    d.line((2050, 640, 2050, 1060), fill=rgb("#4a4f56"), width=14)
    d.rounded_rectangle((1990, 600, 2110, 720), 12, fill=rgb("#2b62a8"))
    d.rounded_rectangle((2014, 630, 2086, 684), 8, fill=rgb("#ffffff"))
    glow(im, (400, 250), 1200, "#fff0d0", .4)
    return im


def zvyozdy(r):
    im = gradient([(0, "#060a1e"), (.5, "#13204a"), (.8, "#2d4470"), (1, "#5a6f8c")])
    band = Image.new("L", (W // 2, H // 2))
    d = ImageDraw.Draw(band)
    for _ in range(900):
        t = r.random()
        x, y = t * W / 2, H / 2 * (.75 - .75 * t) + r.gauss(0, 26)
        q = r.uniform(3, 16)
        d.ellipse((x - q, y - q, x + q, y + q), fill=r.randint(10, 90))
    band = band.filter(ImageFilter.GaussianBlur(12)).resize(im.size, Image.BICUBIC)
    im.paste(ImageChops.screen(im, Image.new("RGB", im.size, rgb("#8f86c8"))), (0, 0), band)
    stars(im, r, 1300, 1150)
    d = ImageDraw.Draw(im)
    for x, y, dx, dy in ((760, 210, 260, 120), (1500, 330, 190, 92), (420, 520, 150, 70)):
        for k in range(30):
            t = k / 30
            d.line((x + dx * t, y + dy * t, x + dx * (t + .04), y + dy * (t + .04)), fill=mix("#2a3560", "#ffffff", t), width=max(2, int(6 * t)))
    land(im, smooth(r, 1080, 26), "#1b2540", "#121a30")
    land(im, smooth(r, 1170, 20), "#0d1322", "#060810")
    d = ImageDraw.Draw(im)
    ink = rgb("#05070e")
    for x, h in ((1560, 120), (1650, 80), (1720, 126)):
        d.ellipse((x - 19, 1180 - h - 34, x + 19, 1180 - h + 4), fill=ink)
        d.rounded_rectangle((x - 28, 1180 - h, x + 28, 1240), 22, fill=ink)
    d.line((1330, 1130, 1270, 1230), fill=ink, width=10)
    d.line((1330, 1130, 1390, 1230), fill=ink, width=10)
    d.line((1330, 1130, 1334, 1236), fill=ink, width=10)
    d.line((1250, 1060, 1420, 1160), fill=ink, width=40)
    d.line((1224, 1045, 1260, 1066), fill=ink, width=54)
    return im


PICTURES = dict(zarya=zarya, most=most, gory=gory, stadion=stadion, knigi=knigi, shkola=shkola, sneg=sneg,
                reka=reka, ogni=ogni, poezd=poezd, rynok=rynok, laboratoriya=laboratoriya, yurta=yurta,
                vetryaki=vetryaki, pole=pole, gorod=gorod, avtobus=avtobus, zvyozdy=zvyozdy)


def main():
    out = Path(__file__).resolve().parent / "pictures"
    out.mkdir(exist_ok=True)
    wanted = {Path(a).stem for a in sys.argv[1:]} or set(PICTURES)
    for name, draw in PICTURES.items():
        if name not in wanted:
            continue
        rnd = random.Random("newsroom:" + name)
        im = finish(draw(rnd), rnd)
        for quality in (82, 78, 74, 70):
            im.save(out / f"{name}.jpg", quality=quality, optimize=True, progressive=True, subsampling=2)
            size = (out / f"{name}.jpg").stat().st_size
            if size < 120_000:
                break
        print(f"{name}.jpg {size} bytes, quality {quality}")


if __name__ == "__main__":
    main()
