"""Programs that Apache Velocity 1.7 and the local gateway run alike, with what they print."""

PROGRAMS = {
    "#set($a = 1)#foreach($i in [2, 3, 4])$a,#set($a = $i)#end$a": "1,2,3,4",
    "x#set($a = 1)#foreach($i in [2, 3, 4])$a,#set($a = $i)#end$a": "x1,2,3,4",
    "#foreach($i in [2, 3])#foreach($j in [4, 5])#set($a = $i + $j)#end#end$a": "8",
    "#set($i = 1)$i,#foreach($i in [2, 3, 4])$i,#set($i = $i)#end$i": "1,2,3,4,1",
    "a#* b\n *#\nc## d\ne": "a\nce",
    "#* a *#\n#set($a = 1)\n$a": "\n1",
    "#set($a = {'b': 'c', 'get': 'd'})$a.get('get') $a.b $!a.items $!a.get('e')": "d c  ",
    "#set($a = [1, 2])$a.size() $a.get(1) $a.contains(2) $a.isEmpty()": "2 2 true false",
    "#set($a = 'text')$a.length() $a.substring(1, 3) $a.indexOf('x') $a.startsWith('te')": (
        "4 ex 2 true"
    ),
    "#set($a = '😀é')$a.length() $a.substring(2) $a.indexOf('é') $a.indexOf('x')": "3 é 2 -1",
    "#set($a = 'a1b2')$a.replaceAll('([a-z])([0-9])', '$2$1') $a.matches('.*')": "1a2b true",
    "#set($a = '')[$a.replaceAll('A', 'a')]#set($b = 'BA')$b.replaceAll('A', 'a')": "[]Ba",
    "#set($a = 'ab')$a.equals('ab') $a.endsWith('a') $a.isEmpty() $a.toString()": (
        "true false false ab"
    ),
    "#set($a = '1' + 1)$a": "11",
    "#set($a = 1 + '1')$a": "11",
    "#set($a = 7 / 2)$a #set($b = -7 / 2)$b #set($c = -7 % 3)$c #set($d = 7.0 / 2)$d": ("3-3-13.5"),
    "#set($x = 5)#set($x = 1 / 0)$x": "5",
    "#set($x = 5)#set($x = $none)$x": "5",
    "#set($x = 5)#set($x = 'a' - 1)$x": "5",
    "#set($a = 1 + 2 * 3 - 4)$a #set($b = (1 + 2) * 3)$b": "39",
    "#if(1 + 1 == 2 && 3 > 2 || false)yes#end": "yes",
    "#set($a = 'b')#set($b = $a.matches('c'))#if(!$b && $a != '')yes#end": "yes",
    "#set($m = {'p': {}})[$!m.p.r]#set($m.p.r = 'a')$m.p.r#set($b = \"$!m.p.r$!m.p.q\")$b": "[]aa",
    "#if('1' == 1)yes#{else}no#end#if(1 == 1.0)yes#{else}no#end": "yesyes",
    "#if('a' < 'b')yes#{else}no#end": "no",
    "#if(true == false == false)yes#{else}no#end": "yes",
    "#if(1 eq 1 and 2 ne 3 and 1 lt 2 and 2 ge 2)yes#end": "yes",
    "#foreach($i in [1..3])$i$foreach.index$foreach.count#if($foreach.hasNext),#end#end": (
        "101,212,323"
    ),
    "#foreach($i in [3..1])$i#end": "321",
    "#foreach($i in [1, 2]) \n$i\n#if($i == 1)\n#set($a = $i)\n#end\n#end\n$a": "1\n2\n1",
    "a \t #set($b = 1) c #if(true) d #end e": "a \t  c  d  e",
    "a\n \t#set($b = 1)c\n #set($b = 2)\n $b #set($c = 3)$b b #set($d = 4)": "a\n \tc\n  22 b ",
    "#set($a = 1)$a\n  #set($b = 2)$b\t#set($c = 3)$c\n\n #set($d = 4)$d": "1\n  23\n\n 4",
    "#set($a = 1) #set($b = 2) $a $!b #set($a = 3)#if(true) #set($a = 4) $a#end": " 1 2 4",
    "#foreach($i in ['a', 'b'])$velocityCount$i#end": "1a2b",
    "#foreach($v in {'a': 'b'})$v#end": "b",
    "#set($a = [1, 'b', 2.5])$a #set($b = {'c': 'd'})$b": "[1, b, 2.5]{c=d}",
    "#set($a = {})#set($a.b = 'c')$a.b": "c",
    "#set($a = ['x', 'y'])$a[1] $a.get(0)": "y x",
    "#set($a = ['x', 'y'])$a[-1] $a[-2]": "y x",
    "#set($a = [])[$!a.b $!a.b.c $!a['b'] $!a['b'].c] $a.empty $a.size()": "[   ] true 0",
    "#set($a = 'x')#set($b = 1)[$!a[0] $!b[0]]": "[ ]",
    "#set($a = {'b': 1, 'size': 7})$a.size() $a.size $a.isEmpty() $!a.empty $a.containsKey('b')": (
        "2 7 false  true"
    ),
    "#set($a = {'b': 1})$a.containsValue(1) $a.values() $a.remove('b') $!a.remove('b') $a.size()": (
        "true [1] 1  0"
    ),
    "#define($a)b$c#end#set($c = 'd')$a": "bd",
    "a#stop b": "a",
    "costs $ 5 and $5, number #1, '#', \"#n\"": "costs $ 5 and $5, number #1, '#', \"#n\"",
    '#set($a = "it\'s #1 for $ 5")$a': "it's #1 for $ 5",
    '#set($a = \'b\')#set($c = "[$a ${a}x $!a ""q""]")$c': '[b bx b "q"]',
    "#set($a = 'b')#if($a == 'c')1#elseif($a == 'b')2#{else}3#end": "2",
    "#set($a = 10000000.0)$a #set($b = 0.5)$b": "1.0E70.5",
}

# "Mapping template to pass through all parameters and the body" of the developer guide.
PASSTHROUGH = """##  This template passes through all parameters
#set($allParams = $input.params())
{
"body-json" : $input.json('$'),
"params" : {
#foreach($type in $allParams.keySet())
    #set($params = $allParams.get($type))
"$type" : {
    #foreach($paramName in $params.keySet())
    "$paramName" : "$util.escapeJavaScript($params.get($paramName))"
        #if($foreach.hasNext),#end
    #end
}
    #if($foreach.hasNext),#end
#end
},
"stage-variables" : {
#foreach($key in $stageVariables.keySet())
"$key" : "$util.escapeJavaScript($stageVariables.get($key))"
    #if($foreach.hasNext),#end
#end
},
"context" : {
    "account-id" : "$context.identity.accountId",
    "api-id" : "$context.apiId",
    "api-key" : "$context.identity.apiKey",
    "authorizer-principal-id" : "$context.authorizer.principalId",
    "caller" : "$context.identity.caller",
    "cognito-authentication-provider" : "$context.identity.cognitoAuthenticationProvider",
    "cognito-authentication-type" : "$context.identity.cognitoAuthenticationType",
    "cognito-identity-id" : "$context.identity.cognitoIdentityId",
    "cognito-identity-pool-id" : "$context.identity.cognitoIdentityPoolId",
    "http-method" : "$context.httpMethod",
    "stage" : "$context.stage",
    "source-ip" : "$context.identity.sourceIp",
    "user" : "$context.identity.user",
    "user-agent" : "$context.identity.userAgent",
    "user-arn" : "$context.identity.userArn",
    "request-id" : "$context.requestId",
    "resource-id" : "$context.resourceId",
    "resource-path" : "$context.resourcePath"
    }
}
"""
